using Posthorn.Protocols.Imap.Commands;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Retrieve.Imap;

/// <summary>Every command in every state: done where the table says so, BAD where it does not, and the session goes on.</summary>
public sealed class ImapStateTests
{
    private static readonly Dictionary<ImapVerb, string> s_commands = new()
    {
        [ImapVerb.Capability] = "CAPABILITY", [ImapVerb.Noop] = "NOOP", [ImapVerb.Logout] = "LOGOUT", [ImapVerb.Id] = "ID NIL", [ImapVerb.StartTls] = "STARTTLS",
        [ImapVerb.Authenticate] = "AUTHENTICATE PLAIN AGJpbGxpbmcAeA==", [ImapVerb.Login] = "LOGIN billing x", [ImapVerb.Compress] = "COMPRESS GZIP",
        [ImapVerb.Enable] = "ENABLE CONDSTORE", [ImapVerb.Select] = "SELECT INBOX", [ImapVerb.Examine] = "EXAMINE INBOX", [ImapVerb.Create] = "CREATE New",
        [ImapVerb.Delete] = "DELETE Folder", [ImapVerb.Rename] = "RENAME Folder Other", [ImapVerb.Subscribe] = "SUBSCRIBE Folder",
        [ImapVerb.Unsubscribe] = "UNSUBSCRIBE Folder", [ImapVerb.List] = "LIST \"\" *", [ImapVerb.Lsub] = "LSUB \"\" *", [ImapVerb.Namespace] = "NAMESPACE",
        [ImapVerb.Status] = "STATUS INBOX (MESSAGES)", [ImapVerb.Append] = "APPEND INBOX {3+}\r\na:b", [ImapVerb.Idle] = "IDLE\r\nDONE",
        [ImapVerb.GetQuota] = "GETQUOTA billing", [ImapVerb.GetQuotaRoot] = "GETQUOTAROOT INBOX", [ImapVerb.SetQuota] = "SETQUOTA billing (STORAGE 1)",
        [ImapVerb.Check] = "CHECK", [ImapVerb.Close] = "CLOSE", [ImapVerb.Unselect] = "UNSELECT", [ImapVerb.Expunge] = "EXPUNGE",
        [ImapVerb.Search] = "SEARCH ALL", [ImapVerb.Sort] = "SORT (DATE) UTF-8 ALL", [ImapVerb.Thread] = "THREAD REFERENCES UTF-8 ALL",
        [ImapVerb.Fetch] = "FETCH 1 (ENVELOPE BODYSTRUCTURE)", [ImapVerb.Store] = "STORE 1 FLAGS (\\Seen)", [ImapVerb.Copy] = "COPY 1 Folder", [ImapVerb.Move] = "MOVE 1 Folder",
    };

    public static TheoryData<ImapVerb, ImapStates> All
    {
        get
        {
            var data = new TheoryData<ImapVerb, ImapStates>();
            foreach (var verb in ImapVerbs.All)
                foreach (var state in new[] { ImapStates.NotAuthenticated, ImapStates.Authenticated, ImapStates.Selected })
                    data.Add(verb, state);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task A_command_is_done_where_the_table_allows_it(ImapVerb verb, ImapStates state)
    {
        await using var host = new ImapHost();
        await host.AddAsync();
        await host.AddAsync(queue: "billing/Folder");
        var client = state switch
        {
            ImapStates.NotAuthenticated => host.Connect(),
            ImapStates.Authenticated => await host.LogInAsync(),
            _ => await host.SelectAsync(),
        };
        if (state == ImapStates.NotAuthenticated)
            await client.LineOrNullAsync();
        var isAllowed = (ImapVerbs.StatesOf(verb) & state) != ImapStates.None;

        // Where IDLE is not allowed, DONE behind it is no command either.
        var answer = await client.ImapAsync(isAllowed ? s_commands[verb] : s_commands[verb].Replace("\r\nDONE", "", StringComparison.Ordinal));
        if (answer[^1].StartsWith("+ ", StringComparison.Ordinal))
            answer = await client.AnswerAsync();

        if (verb == ImapVerb.StartTls)
            answer[^1].ShouldBe(isAllowed ? "t BAD There is no TLS here." : "t BAD not allowed in this state");
        else if (!isAllowed)
            answer.ShouldBe(["t BAD not allowed in this state"]);
        else
            answer[^1].ShouldStartWith(verb is ImapVerb.SetQuota or ImapVerb.Compress ? "t NO" : "t OK");
        if (verb != ImapVerb.Logout)
            (await client.ImapAsync("NOOP"))[^1].ShouldStartWith("t OK");
    }
}

using Posthorn.Commits;
using Posthorn.Messages;
using Posthorn.Queues;
using Posthorn.Server.Operate.Accounts;
using Posthorn.Server.Operate.Configuration;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Retrieve.Imap;

/// <summary>Mailboxes are queues: made, removed, renamed, listed and subscribed to.</summary>
public sealed class ImapMailboxTests
{
    [Fact]
    public async Task A_folder_is_a_queue_below_the_accounts_own()
    {
        await using var host = new ImapHost();
        var client = await host.LogInAsync();

        await client.AskImapAsync("CREATE Archive/2026/", "t OK [MAILBOXID (F1)] …");
        host.Engine.Status(QueueName.Parse("billing/Archive/2026")).ShouldNotBeNull();
        await client.AskImapAsync("CREATE Archive/2026", "t NO [ALREADYEXISTS] …");
        await client.AskImapAsync("CREATE INBOX", "t NO [CANNOT] …");
        await client.AskImapAsync(
            "LIST \"\" *", "* LIST (\\HasNoChildren) \"/\" INBOX", "* LIST (\\Noselect \\HasChildren) \"/\" Archive",
            "* LIST (\\HasNoChildren) \"/\" Archive/2026", "t OK …");
        await client.AskImapAsync("LIST \"\" %", "* LIST (\\HasNoChildren) \"/\" INBOX", "* LIST (\\Noselect \\HasChildren) \"/\" Archive", "t OK …");
        await client.AskImapAsync("DELETE Archive", "t NO [HASCHILDREN] …");
        await client.AskImapAsync("DELETE Archive/2026", "t OK …");
        await client.AskImapAsync("DELETE Archive/2026", "t NO [NONEXISTENT] …");
        await client.AskImapAsync("DELETE INBOX", "t NO [CANNOT] …");
    }

    [Fact]
    public async Task RENAME_takes_the_messages_and_the_folders_below_along()
    {
        await using var host = new ImapHost();
        await host.AddAsync(queue: "billing/Old", flags: ["\\Seen"]);
        await host.AddAsync(queue: "billing/Old/Deeper");
        var client = await host.LogInAsync();

        await client.AskImapAsync("RENAME Old New", "t OK …");

        await client.AskImapAsync("LIST \"\" *", "* LIST (\\HasNoChildren) \"/\" INBOX", "* LIST (\\HasChildren) \"/\" New", "* LIST (\\HasNoChildren) \"/\" New/Deeper", "t OK …");
        var moved = (await host.Engine.ReadAsync(QueueName.Parse("billing/New"), [1])).Single();
        moved.Flags.ShouldBe(["\\Seen"]);
        await client.AskImapAsync("RENAME New New/Below", "t NO [CANNOT] …");
        await client.AskImapAsync("RENAME Nothing Else", "t NO [NONEXISTENT] …");
        await client.AskImapAsync("RENAME New New/Deeper", "t NO [ALREADYEXISTS] …");
    }

    [Theory]
    [InlineData(3, 1)]
    [InlineData(1_001, 4)]
    public async Task RENAME_is_one_commit_unless_there_are_too_many_messages(int messages, int expected)
    {
        await using var host = new ImapHost();
        for (var i = 0; i < messages; i++)
            await host.AddAsync("a: b\r\n\r\n", "billing/Old");
        var client = await host.LogInAsync();
        var commits = 0;
        host.Engine.BeforeCommit = _ => Task.FromResult(++commits);

        await client.AskImapAsync("RENAME Old New", "t OK …");

        commits.ShouldBe(expected);
        host.Status("billing/New").Messages.ShouldBe(messages);
        host.Engine.Status(QueueName.Parse("billing/Old")).ShouldBeNull();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1_001)]
    public async Task RENAME_takes_along_what_comes_in_at_its_last_moment(int messages)
    {
        await using var host = new ImapHost();
        for (var i = 0; i < messages; i++)
            await host.AddAsync("a: b\r\n\r\n", "billing/Old");
        var client = await host.LogInAsync();
        host.Engine.BeforeCommit = async commit =>
        {
            if (!commit.Operations.OfType<CommitOperation.DeleteQueue>().Any())
                return;
            host.Engine.BeforeCommit = null;
            await host.AddAsync(queue: "billing/Old");
        };

        await client.AskImapAsync("RENAME Old New", "t OK …");

        host.Engine.BeforeCommit.ShouldBeNull();
        host.Status("billing/New").Messages.ShouldBe(messages + 1);
        host.Engine.Status(QueueName.Parse("billing/Old")).ShouldBeNull();
    }

    [Fact]
    public async Task INBOX_keeps_the_policy_that_somebody_else_gives_it_when_it_is_looked_at_for_the_first_time()
    {
        await using var host = new ImapHost();
        var client = await host.LogInAsync();
        host.Engine.BeforeCommit = async _ =>
        {
            host.Engine.BeforeCommit = null;
            await host.SetAsync(new QueuePolicy { MessagesMax = 7 });
        };

        await client.ImapAsync("SELECT INBOX");

        host.Status().Policy.MessagesMax.ShouldBe(7);
    }

    [Fact]
    public async Task RENAME_of_INBOX_moves_its_messages_and_leaves_it()
    {
        await using var host = new ImapHost();
        await host.AddAsync();
        var client = await host.LogInAsync();

        await client.AskImapAsync("RENAME INBOX Before", "t OK …");

        await client.AskImapAsync("STATUS INBOX (MESSAGES)", "* STATUS INBOX (MESSAGES 0)", "t OK …");
        await client.AskImapAsync("STATUS Before (MESSAGES)", "* STATUS Before (MESSAGES 1)", "t OK …");
    }

    [Fact]
    public async Task Subscriptions_are_kept_and_listed()
    {
        await using var host = new ImapHost();
        var client = await host.LogInAsync();
        await client.ImapAsync("CREATE Sent");
        await client.AskImapAsync("SUBSCRIBE Sent", "t OK …");
        await client.AskImapAsync("SUBSCRIBE Gone/Away", "t OK …");

        await client.AskImapAsync("LSUB \"\" *", "* LSUB (\\Noselect) \"/\" Gone/Away", "* LSUB () \"/\" Sent", "t OK …");
        await client.AskImapAsync("LSUB \"\" %", "* LSUB (\\Noselect) \"/\" Gone", "* LSUB () \"/\" Sent", "t OK …");
        await client.AskImapAsync(
            "LIST (SUBSCRIBED) \"\" *", "* LIST (\\NonExistent \\HasNoChildren \\Subscribed) \"/\" Gone/Away", "* LIST (\\HasNoChildren \\Subscribed \\Sent) \"/\" Sent", "t OK …");
        await client.AskImapAsync("UNSUBSCRIBE Gone/Away", "t OK …");
        var again = await host.LogInAsync();
        await again.AskImapAsync("LSUB \"\" *", "* LSUB () \"/\" Sent", "t OK …");
        var other = await host.LogInAsync("shipping");
        await other.AskImapAsync("LSUB \"\" *", "t OK …");
    }

    [Fact]
    public async Task A_folder_is_made_for_a_use_and_keeps_it_under_another_name()
    {
        await using var host = new ImapHost();
        var client = await host.LogInAsync();

        await client.AskImapAsync("CREATE Gesendet (USE (\\Sent))", "t OK …");
        await client.AskImapAsync("CREATE Sent", "t OK …");
        await client.AskImapAsync("CREATE Other (USE (\\Sent))", "t NO [USEATTR] …");
        await client.AskImapAsync("CREATE Other (USE (\\All))", "t NO [USEATTR] …");
        await client.AskImapAsync("RENAME Gesendet Raus", "t OK …");
        await client.AskImapAsync("LIST (SPECIAL-USE) \"\" *", "* LIST (\\HasNoChildren \\Sent) \"/\" Raus", "t OK …");
    }

    [Fact]
    public async Task LIST_tells_figures_of_each_mailbox_when_asked()
    {
        await using var host = new ImapHost();
        await host.AddAsync();
        await host.AddAsync(queue: "orders", flags: ["\\Seen"]);
        var client = await host.LogInAsync();

        await client.AskImapAsync(
            "LIST \"\" * RETURN (STATUS (MESSAGES UNSEEN))",
            "* LIST (\\HasNoChildren) \"/\" INBOX", "* STATUS INBOX (MESSAGES 1 UNSEEN 1)",
            "* LIST (\\HasNoChildren) \"/\" orders", "* STATUS orders (MESSAGES 1 UNSEEN 0)", "t OK …");
    }

    [Fact]
    public async Task Another_accounts_mailbox_is_not_there()
    {
        await using var host = new ImapHost(new PosthornOptions
        {
            Accounts = [new AccountOptions { Name = "billing", Password = "s3cret" }, new AccountOptions { Name = "shipping", Password = "x" }],
        });
        await host.AddAsync(queue: "shipping");
        var client = await host.LogInAsync();

        await client.AskImapAsync("LIST \"\" *", "* LIST (\\HasNoChildren) \"/\" INBOX", "t OK …");
        await client.AskImapAsync("SELECT #queue/shipping", "t NO …");
        await client.AskImapAsync("APPEND #queue/shipping {3}", "t NO …");
    }

    [Fact]
    public async Task A_quota_is_told_where_there_is_one()
    {
        await using var host = new ImapHost();
        await host.SetAsync(new QueuePolicy { BytesMax = 10 * 1_024, MessagesMax = 100 });
        await host.AddAsync();
        await host.AddAsync(queue: "orders");
        var client = await host.LogInAsync();

        await client.AskImapAsync("GETQUOTAROOT INBOX", "* QUOTAROOT INBOX billing", "* QUOTA billing (STORAGE 1 10 MESSAGE 1 100)", "t OK …");
        await client.AskImapAsync("GETQUOTA billing", "* QUOTA billing (STORAGE 1 10 MESSAGE 1 100)", "t OK …");
        await client.AskImapAsync("GETQUOTAROOT orders", "* QUOTAROOT orders", "t OK …");
        await client.AskImapAsync("SETQUOTA billing (STORAGE 1000)", "t NO [NOPERM] …");
    }

    [Fact]
    public async Task A_copy_keeps_flags_date_and_email_id_and_the_original_its_place()
    {
        await using var host = new ImapHost();
        await host.AddAsync(flags: ["\\Flagged", "work"]);
        host.Clock.Advance(TimeSpan.FromDays(3));
        var client = await host.SelectAsync();
        await client.ImapAsync("CREATE Copies");
        var original = (await client.ImapAsync("FETCH 1 (FLAGS INTERNALDATE EMAILID)"))[0];

        await client.AskImapAsync("COPY 1 Copies", "t OK [COPYUID 2 1 1] …");
        await client.AskImapAsync("COPY 1 Nowhere", "t NO [TRYCREATE] …");
        await client.ImapAsync("SELECT Copies");

        (await client.ImapAsync("FETCH 1 (FLAGS INTERNALDATE EMAILID)"))[0].ShouldBe(original);
        host.Status().Messages.ShouldBe(1);
    }

    [Fact]
    public async Task A_copy_that_does_not_fit_whole_is_none_at_all()
    {
        await using var host = new ImapHost();
        for (var i = 0; i < 3; i++)
            await host.AddAsync();
        await host.SetAsync(new QueuePolicy { MessagesMax = 2 }, "billing/Small");
        var client = await host.SelectAsync();

        await client.AskImapAsync("COPY 1:3 Small", "t NO [OVERQUOTA] …");

        host.Status("billing/Small").Messages.ShouldBe(0);
    }
}

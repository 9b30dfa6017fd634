using System.Text;
using Posthorn.Commits;
using Posthorn.Messages;
using Posthorn.Queues;
using Posthorn.Server.Operate.Accounts;
using Posthorn.Server.Operate.Configuration;
using Posthorn.Server.Operate.Timeline;
using Posthorn.Server.Retrieve.Imap;
using Posthorn.UnitTests.Accept.Smtp;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Retrieve.Imap;

/// <summary>Sessions beside each other, and what they are told when.</summary>
public sealed class ImapSessionTests
{
    [Fact]
    public async Task Message_numbers_do_not_change_under_FETCH_STORE_and_SEARCH_and_do_under_NOOP()
    {
        await using var host = new ImapHost();
        await host.AddAsync();
        await host.AddAsync();
        var reader = await host.SelectAsync();
        var remover = await host.SelectAsync();
        await remover.ImapAsync("STORE 1 +FLAGS.SILENT (\\Deleted)");
        await reader.AskImapAsync("NOOP", "* 1 FETCH (FLAGS (\\Deleted))", "t OK …");
        await remover.ImapAsync("EXPUNGE");

        await reader.AskImapAsync("FETCH 1:2 UID", "* 2 FETCH (UID 2)", "t NO [EXPUNGEISSUED] …");
        await reader.AskImapAsync("FETCH 1:2 FLAGS", "* 2 FETCH (FLAGS ())", "t NO [EXPUNGEISSUED] …");
        await reader.AskImapAsync("SEARCH ALL", "* SEARCH 2", "t OK …");
        await reader.AskImapAsync("STORE 2 +FLAGS (\\Seen)", "* 2 FETCH (FLAGS (\\Seen))", "t OK …");
        await reader.AskImapAsync("NOOP", "* 1 EXPUNGE", "t OK …");
        await reader.AskImapAsync("FETCH 1 (UID)", "* 1 FETCH (UID 2)", "t OK …");
    }

    [Fact]
    public async Task New_messages_are_told_under_any_command_and_numbers_of_those_gone_stay()
    {
        await using var host = new ImapHost();
        var gone = await host.AddAsync();
        await host.AddAsync();
        var reader = await host.SelectAsync();
        await host.Engine.CommitAsync(new Commit().Remove(gone));
        await host.AddAsync();

        await reader.AskImapAsync("FETCH 2 UID", "* 2 FETCH (UID 2)", "* 3 EXISTS", "* 0 RECENT", "t OK …");
        await reader.AskImapAsync("FETCH 3 UID", "* 3 FETCH (UID 3)", "t OK …");
        await reader.AskImapAsync("UID FETCH 3 FLAGS", "* 3 FETCH (UID 3 FLAGS ())", "* 1 EXPUNGE", "t OK …");
        await reader.AskImapAsync("FETCH 2 UID", "* 2 FETCH (UID 3)", "t OK …");
    }

    [Fact]
    public async Task A_large_mailbox_is_selected_before_its_messages_are_listed()
    {
        await using var host = new ImapHost();
        var commit = new Commit();
        for (var i = 0; i < 10_001; i++)
            commit.Add(new NewMessage { Queue = QueueName.Parse("billing"), Content = Posthorn.Bodies.Body.Empty, Flags = i == 5 ? ["work"] : [] });
        var added = (await host.Engine.CommitAsync(commit)).Added;
        var listing = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        host.Engine.ListGate = listing.Task;
        var client = await host.LogInAsync();

        var answer = await client.ImapAsync("SELECT INBOX");
        answer.ShouldContain("* 10001 EXISTS");
        answer.ShouldContain("* OK [UIDNEXT 10002] The next UID.");
        answer[0].ShouldContain(" work)");
        await client.AskImapAsync("NOOP", "t OK …");
        await host.Engine.CommitAsync(new Commit().Remove(added[0].Id));
        await host.AddAsync();
        await client.SendAsync("t FETCH 2 (UID)");
        listing.SetResult();

        (await client.AnswerAsync()).ShouldBe(["* 2 FETCH (UID 2)", "* 10002 EXISTS", "* 0 RECENT", "t OK Done."]);
        await client.AskImapAsync("NOOP", "* 1 EXPUNGE", "t OK …");
        await client.AskImapAsync("FETCH 10001 (UID)", "* 10001 FETCH (UID 10002)", "t OK …");
    }

    [Fact]
    public async Task A_large_mailbox_is_left_while_it_is_listed()
    {
        await using var host = new ImapHost();
        var commit = new Commit();
        for (var i = 0; i < 10_001; i++)
            commit.Add(new NewMessage { Queue = QueueName.Parse("billing"), Content = Posthorn.Bodies.Body.Empty });
        await host.Engine.CommitAsync(commit);
        host.Engine.ListGate = new TaskCompletionSource().Task;
        var client = await host.SelectAsync();

        await client.AskImapAsync("UNSELECT", "t OK …");

        host.Context.Views.Count.ShouldBe(0);
    }

    [Fact]
    public async Task IDLE_tells_at_once_what_happens()
    {
        await using var host = new ImapHost();
        var first = await host.AddAsync();
        var client = await host.SelectAsync();
        await client.AskImapAsync("IDLE", "+ idling");

        await host.AddAsync();
        await client.ReceiveLinesAsync("* 2 EXISTS", "* 0 RECENT");
        await host.Engine.CommitAsync(new Commit().Change(first, new MessageChanges { FlagsAdded = ["\\Flagged"] }));
        await client.ReceiveLinesAsync("* 1 FETCH (FLAGS (\\Flagged))");
        await host.Engine.CommitAsync(new Commit().Remove(first));
        await client.ReceiveLinesAsync("* 1 EXPUNGE");
        await client.SendAsync("DONE");
        await client.ReceiveLinesAsync("t OK Done.");
    }

    [Theory]
    [InlineData("DONE", "t OK Done.")]
    [InlineData("done", "t OK Done.")]
    [InlineData("t2 NOOP", "t BAD DONE was expected.")]
    public async Task IDLE_ends_with_DONE(string said, string answer)
    {
        await using var host = new ImapHost();
        var client = await host.LogInAsync();
        await client.AskImapAsync("IDLE", "+ idling");

        await client.SendAsync(said);

        await client.ReceiveLinesAsync(answer);
        await client.AskImapAsync("NOOP", "t OK …");
    }

    [Fact]
    public async Task DONE_that_comes_with_IDLE_ends_it()
    {
        await using var host = new ImapHost();
        await host.AddAsync();
        var client = await host.SelectAsync();

        await client.SendAsync("t IDLE", "DONE", "u NOOP");

        await client.ReceiveLinesAsync("+ idling", "t OK Done.", "u OK Done.");
    }

    [Fact]
    public async Task A_mailbox_that_is_deleted_ends_the_sessions_that_have_it_selected()
    {
        await using var host = new ImapHost();
        await host.AddAsync(queue: "orders");
        var idler = await host.SelectAsync("orders");
        var other = await host.SelectAsync("orders");
        await idler.AskImapAsync("IDLE", "+ idling");

        await host.Engine.CommitAsync(new Commit().DeleteQueue(QueueName.Parse("orders")));

        await idler.ReceiveLinesAsync("* BYE The selected mailbox was deleted.");
        await idler.ClosedAsync();
        await other.SendAsync("t NOOP");
        await other.ReceiveLinesAsync("* BYE The selected mailbox was deleted.");
        await other.ClosedAsync();
        host.Context.Views.Count.ShouldBe(0);
    }

    [Fact]
    public async Task The_server_stops_an_idle_session_with_BYE_at_once()
    {
        await using var host = new ImapHost();
        await host.AddAsync();
        var waiting = await host.SelectAsync();
        var idle = await host.SelectAsync();
        await idle.AskImapAsync("IDLE", "+ idling");

        waiting.Connection.RequestClose();
        idle.Connection.RequestClose();

        await waiting.ReceiveLinesAsync("* BYE [UNAVAILABLE] shutting down, try again later");
        await waiting.ClosedAsync();
        await idle.ReceiveLinesAsync("* BYE [UNAVAILABLE] shutting down, try again later");
        await idle.ClosedAsync();
        host.Connections.ShouldBe(0);
    }

    [Fact]
    public async Task A_silent_session_is_ended_after_its_time_and_one_that_has_not_logged_in_sooner()
    {
        await using var host = new ImapHost();
        var stranger = host.Connect();
        await stranger.ReceiveLinesAsync("* OK [CAPABILITY IMAP4rev1 LITERAL+ SASL-IR ENABLE ID IDLE AUTH=PLAIN AUTH=LOGIN] Posthorn is ready.");
        var idle = await host.SelectAsync();
        await idle.AskImapAsync("IDLE", "+ idling");

        host.Clock.Advance(TimeSpan.FromMinutes(3));
        await stranger.ReceiveLinesAsync("* BYE timed out, closing");
        await stranger.ClosedAsync();
        host.Connections.ShouldBe(1);
        host.Clock.Advance(TimeSpan.FromMinutes(27));
        await idle.ReceiveLinesAsync("* BYE timed out, closing");
        await idle.ClosedAsync();
    }

    [Fact]
    public async Task An_APPEND_that_is_cut_off_leaves_nothing()
    {
        await using var host = new ImapHost();
        await host.AddAsync();
        var client = await host.LogInAsync();
        await client.SendAsync("t APPEND INBOX {100+}", "half a mail");

        await client.Output.CompleteAsync();
        await client.Session;

        host.Status().Messages.ShouldBe(1);
    }

    [Fact]
    public async Task MULTIAPPEND_is_one_commit()
    {
        await using var host = new ImapHost();
        await host.AddAsync();
        var client = await host.LogInAsync();

        await client.SendAsync("t APPEND INBOX (\\Seen) {4+}", "a:bc (\\Flagged) {4+}", "d:ef");
        (await client.AnswerAsync()).ShouldBe(["t OK [APPENDUID 1 2:3] Appended."]);

        var messages = await host.Engine.ReadAsync(QueueName.Parse("billing"), [2, 3]);
        messages.Select(m => m.ModSeq).Distinct().Count().ShouldBe(1);
        messages.Select(m => m.Flags.Single()).ShouldBe(["\\Seen", "\\Flagged"]);
        host.Timeline.Events.Count(e => e.Kind == TimelineKind.Accepted).ShouldBe(2);
    }

    [Fact]
    public async Task What_does_not_fit_is_refused_before_its_bytes_are_sent()
    {
        await using var host = new ImapHost();
        await host.SetAsync(new QueuePolicy { BytesMax = 1_000 });
        var client = await host.LogInAsync();

        await client.AskImapAsync("APPEND INBOX {1001}", "t NO [TOOBIG] …");
        await client.AskImapAsync("APPEND INBOX {157286401}", "t NO [TOOBIG] …");
        await client.SendAsync("t APPEND INBOX {2000+}", new string('x', 2_000), "u NOOP");
        (await client.AnswerAsync()).Single().ShouldStartWith("t NO [TOOBIG]");
        await client.ReceiveLinesAsync("u OK Done.");
        await client.SendAsync("t APPEND INBOX {600+}", new string('x', 600) + " {600+}", new string('x', 600));
        (await client.AnswerAsync()).Single().ShouldStartWith("t NO [");
        host.Status().Messages.ShouldBe(0);
    }

    [Fact]
    public async Task A_full_disk_refuses_an_APPEND_and_the_session_goes_on()
    {
        await using var host = new ImapHost();
        await host.AddAsync();
        var client = await host.LogInAsync();
        host.Engine.FlushFault = new Posthorn.Engine.StorageFullException("no space");

        await client.SendAsync("t APPEND INBOX {18+}", "Subject: a", "", "1234");
        (await client.AnswerAsync()).Single().ShouldStartWith("t NO [UNAVAILABLE]");

        host.Engine.FlushFault = null;
        await client.SendAsync("t APPEND INBOX {18+}", "Subject: a", "", "1234");
        (await client.AnswerAsync()).Single().ShouldStartWith("t OK [APPENDUID 1 2]");
    }

    [Fact]
    public async Task Failed_logins_are_answered_late_and_end_the_session()
    {
        await using var host = new ImapHost(new PosthornOptions { Accounts = [new AccountOptions { Name = "billing", Password = "s3cret" }] });
        var client = host.Connect();
        (await client.LineOrNullAsync()).ShouldNotBeNull().ShouldContain("AUTH=SCRAM-SHA-256");

        for (var i = 1; i <= 3; i++)
        {
            await client.SendAsync("t LOGIN billing wrong");
            await host.Clock.UntilAsync(() => host.Clock.HasTimerIn(TimeSpan.FromSeconds(2)), TimeSpan.Zero, TimeSpan.FromSeconds(30));
            host.Clock.Advance(TimeSpan.FromSeconds(2));
            if (i < 3)
                (await client.AnswerAsync()).ShouldBe(["t NO [AUTHENTICATIONFAILED] authentication failed"]);
        }
        await client.ReceiveLinesAsync("* BYE Too many failed logins.");
        await client.ClosedAsync();
    }

    [Fact]
    public async Task Passwords_are_not_taken_in_the_clear_from_other_machines()
    {
        await using var host = new ImapHost(new PosthornOptions { Accounts = [new AccountOptions { Name = "billing", Password = "s3cret" }] });
        var client = host.Connect(peer: "192.0.2.1");

        (await client.LineOrNullAsync()).ShouldNotBeNull().ShouldContain("LOGINDISABLED AUTH=SCRAM-SHA-256]");
        await client.AskImapAsync("LOGIN billing s3cret", "t NO [PRIVACYREQUIRED] …");
        await client.AskImapAsync("AUTHENTICATE PLAIN AGJpbGxpbmcAczNjcmV0", "t NO [PRIVACYREQUIRED] …");
    }

    [Fact]
    public async Task An_account_has_no_more_sessions_than_it_may()
    {
        await using var host = new ImapHost(new PosthornOptions { Imap = new ImapOptions { ConnectionsPerAccountMax = 1 } });
        var first = await host.LogInAsync();
        var second = host.Connect();
        await second.LineOrNullAsync();

        await second.AskImapAsync("LOGIN billing x", "t NO [LIMIT] …");
        await first.ImapAsync("LOGOUT");
        await first.ClosedAsync();
        await second.AskImapAsync("LOGIN billing x", "t OK …");
    }

    [Fact]
    public async Task Commands_that_are_none_end_the_session_when_there_are_too_many()
    {
        await using var host = new ImapHost(new PosthornOptions { Imap = new ImapOptions { ErrorsMax = 3 } });
        var client = await host.LogInAsync();

        await client.AskImapAsync("A", "t BAD …");
        await client.AskImapAsync("B", "t BAD …");
        await client.AskImapAsync("NOOP", "t OK …");
        await client.AskImapAsync("A", "t BAD …");
        await client.AskImapAsync("B", "t BAD …");
        await client.AskImapAsync("C", "t BAD …");
        await client.ReceiveLinesAsync("* BYE too many errors, closing");
        await client.ClosedAsync();
    }

    [Fact]
    public async Task An_engine_that_failed_is_BYE()
    {
        await using var host = new ImapHost();
        await host.AddAsync();
        var client = await host.SelectAsync();
        host.Engine.CommitFault = new Posthorn.Engine.EngineFailedException("a sync failed");

        await client.SendAsync("t STORE 1 +FLAGS (\\Seen)");

        await client.ReceiveLinesAsync("* BYE [UNAVAILABLE] The server is out of service.");
        await client.ClosedAsync();
    }

    [Fact]
    public async Task A_conditional_STORE_changes_what_was_not_changed_and_names_the_rest()
    {
        await using var host = new ImapHost();
        var first = await host.AddAsync();
        await host.AddAsync();
        var client = await host.SelectAsync(enable: "CONDSTORE");
        await host.Engine.CommitAsync(new Commit().Change(first, new MessageChanges { FlagsAdded = ["other"] }));

        await client.AskImapAsync(
            "STORE 1:2 (UNCHANGEDSINCE 2) +FLAGS.SILENT (\\Seen)", "* 2 FETCH (MODSEQ (4))", "* 1 FETCH (FLAGS (other) MODSEQ (3))", "t OK [MODIFIED 1] …");
    }

    [Fact]
    public async Task A_client_that_comes_back_is_told_what_changed_and_what_is_gone()
    {
        await using var host = new ImapHost();
        var ids = new List<MessageId>();
        for (var i = 0; i < 5; i++)
            ids.Add(await host.AddAsync());
        await host.Engine.CommitAsync(new Commit().Remove(ids[1]).Remove(ids[2]).Change(ids[3], new MessageChanges { FlagsAdded = ["\\Seen"] }));
        var client = await host.LogInAsync();
        await client.AskImapAsync("ENABLE QRESYNC", "* ENABLED QRESYNC", "t OK …");

        var answer = await client.ImapAsync("SELECT INBOX (QRESYNC (1 5))");

        answer.ShouldContain("* VANISHED (EARLIER) 2:3");
        answer.ShouldContain("* 2 FETCH (UID 4 FLAGS (\\Seen) MODSEQ (6))");
        answer.Count(l => l.Contains("FETCH", StringComparison.Ordinal)).ShouldBe(1);
        await client.AskImapAsync("UID FETCH 1:* (FLAGS) (CHANGEDSINCE 5 VANISHED)", "* VANISHED (EARLIER) 2:3", "* 2 FETCH (UID 4 FLAGS (\\Seen) MODSEQ (6))", "t OK …");
        await host.Engine.CommitAsync(new Commit().Remove(ids[0]));
        await client.AskImapAsync("NOOP", "* VANISHED 1", "t OK …");
    }

    [Fact]
    public async Task What_is_no_mail_is_read_as_one()
    {
        await using var host = new ImapHost();
        await host.AddAsync("{ \"n\": 1 }", queue: "orders", isMail: false);
        var client = await host.SelectAsync("orders");

        var answer = await client.ImapAsync("FETCH 1 (RFC822.SIZE BODY.PEEK[])");

        var size = int.Parse(answer[0].Split("RFC822.SIZE ")[1].Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture);
        var literal = string.Join("\r\n", answer[1..^1]);
        Encoding.UTF8.GetByteCount(literal).ShouldBe(size + 1, "the literal and the closing parenthesis");
        literal.ShouldContain("eyAibiI6IDEgfQ==");
    }
}

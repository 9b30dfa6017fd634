using System.Text;
using Posthorn.Commits;
using Posthorn.Engine;
using Posthorn.Leases;
using Posthorn.Messages;
using Posthorn.Queues;
using Posthorn.Server.Operate.Configuration;
using Posthorn.Server.Operate.Timeline;
using Posthorn.Server.Retrieve.Pop3;
using Posthorn.UnitTests.Accept.Smtp;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Retrieve.Pop3;

/// <summary>The maildrop's lock is the leases of its messages: who has what, when, and what becomes of it.</summary>
public sealed class MaildropTests
{
    private static readonly QueueName s_billing = QueueName.Parse("billing");

    [Fact]
    public async Task A_session_has_what_was_ready_and_others_have_the_rest()
    {
        await using var host = new Pop3Host();
        var taken = await host.AddAsync("1");
        (await host.Engine.LeaseAsync(s_billing, new LeaseRequest())).ShouldHaveSingleItem();
        await host.AddAsync("2");
        var client = await host.LogInAsync(messages: 1);

        host.Figures().ShouldBe((0, 2, 2));
        await host.AddAsync("3"); // comes too late for this session, and is anybody's
        (await host.Engine.LeaseAsync(s_billing, new LeaseRequest { MessagesMax = 10 })).Select(l => l.Message.Number).ShouldBe([3]);
        await Dialogue.PlayAsync(client, """
            C: UIDL
            S: +OK unique ids follow
            S: 1 1.2
            S: .
            C: DELE 1
            S: +OK marked for removal
            C: QUIT
            S: +OK bye, 1 messages removed
            S: closed
            """, Delivery.Whole);
        host.Figures().ShouldBe((0, 2, 2));
        (await host.FindAsync(taken)).State.ShouldBe(MessageState.Leased);
    }

    [Fact]
    public async Task A_second_session_finds_the_maildrop_in_use_until_the_first_has_ended()
    {
        await using var host = new Pop3Host();
        await host.AddAsync("1");
        await host.AddAsync("other", "billing/Archive");
        var first = await host.LogInAsync(messages: 1);
        var second = host.Connect();
        await Dialogue.PlayAsync(second, """
            S: +OK …
            C: USER billing
            C: PASS s3cret
            S: +OK and the password?
            S: -ERR [IN-USE] another session has this maildrop
            """, Delivery.Whole);
        await host.LogInAsync("billing/Archive", messages: 1); // another maildrop

        await Dialogue.PlayAsync(first, """
            C: QUIT
            S: +OK bye
            """, Delivery.Whole);
        // The first has heard of its end; its messages and its lock were given back before.
        await Dialogue.PlayAsync(second, """
            C: USER billing
            C: PASS s3cret
            S: +OK and the password?
            S: +OK 1 messages
            """, Delivery.Whole);
    }

    [Fact]
    public async Task A_connection_that_breaks_removes_nothing()
    {
        await using var host = new Pop3Host();
        await host.AddAsync("1");
        var client = await host.LogInAsync(messages: 1);
        await Dialogue.PlayAsync(client, """
            C: RETR 1
            S: +OK 1 octets
            S: 1
            S: .
            C: DELE 1
            S: +OK marked for removal
            """, Delivery.Whole);

        await client.Output.CompleteAsync();
        await client.Session;

        host.Figures().ShouldBe((1, 0, 1));
        host.Timeline.Events.Select(e => e.Kind).ShouldBe([TimelineKind.Leased, TimelineKind.Released]);
    }

    [Fact]
    public async Task A_silent_client_is_cut_off_without_a_word_and_nothing_is_removed()
    {
        await using var host = new Pop3Host();
        await host.AddAsync("1");
        var client = await host.LogInAsync(messages: 1);
        await client.AskAsync("DELE 1", "+OK marked for removal");

        host.Clock.Advance(TimeSpan.FromSeconds(599));
        host.Figures().ShouldBe((0, 1, 1));
        host.Clock.Advance(TimeSpan.FromSeconds(2));

        await client.ClosedAsync();
        host.Figures().ShouldBe((1, 0, 1));
    }

    [Fact]
    public async Task Leases_last_as_long_as_the_session_however_short_the_queues_are()
    {
        await using var host = new Pop3Host(new PosthornOptions { Pop3 = new Pop3Options { IdleTimeout = TimeSpan.FromHours(1), LeaseTime = TimeSpan.FromSeconds(30) } });
        await host.SetAsync(new QueuePolicy { VisibilityTimeout = TimeSpan.FromSeconds(1) });
        await host.AddAsync("1");
        var client = await host.LogInAsync(messages: 1);

        for (var i = 0; i < 180; i++)
        {
            host.Clock.Advance(TimeSpan.FromSeconds(10));
            host.Figures().ShouldBe((0, 1, 1));
        }

        await client.AskAsync("DELE 1", "+OK marked for removal");
        await client.AskAsync("QUIT", "+OK bye, 1 messages removed");
        host.Figures().ShouldBe((0, 0, 0));
    }

    [Fact]
    public async Task What_is_not_the_sessions_any_more_is_not_removed_and_QUIT_says_so()
    {
        await using var host = new Pop3Host();
        var (first, second, third) = (await host.AddAsync("1"), await host.AddAsync("2"), await host.AddAsync("3"));
        var client = await host.LogInAsync(messages: 3);
        foreach (var number in "123")
            await client.AskAsync($"DELE {number}", "+OK marked for removal");

        await host.Engine.CommitAsync(new Commit().Release(first).Remove(third)); // an administrator's hand
        var other = (await host.Engine.LeaseAsync(s_billing, new LeaseRequest())).ShouldHaveSingleItem();
        other.Message.Id.ShouldBe(first);

        await client.AskAsync("QUIT", "-ERR [SYS/TEMP] some marked messages were not removed");
        await client.ClosedAsync();
        (await host.Engine.FindAsync(second)).ShouldBeNull();
        (await host.FindAsync(first)).State.ShouldBe(MessageState.Leased);
        await host.Engine.CommitAsync(new Commit().Remove(other)); // whose lease has not suffered
    }

    [Fact]
    public async Task A_message_that_was_taken_away_is_told_to_be_gone()
    {
        await using var host = new Pop3Host();
        var id = await host.AddAsync("1");
        var client = await host.LogInAsync(messages: 1);
        await host.Engine.CommitAsync(new Commit().Move(id, QueueName.Parse("elsewhere")));

        await client.AskAsync("RETR 1", "-ERR [SYS/TEMP] that message is not here any more");
        await client.AskAsync("QUIT", "+OK bye");
    }

    [Fact]
    public async Task Looking_does_not_count_as_receiving_where_receives_are_limited_and_retrieving_does()
    {
        await using var host = new Pop3Host();
        await host.SetAsync(new QueuePolicy { ReceivesMax = 3, DeadLetterQueue = QueueName.Parse("dead") });
        var id = await host.AddAsync("1");
        for (var i = 0; i < 10; i++)
        {
            var looking = await host.LogInAsync(messages: 1);
            await looking.AskAsync("UIDL 1", "+OK 1 1.1");
            await looking.AskAsync("QUIT", "+OK bye");
        }
        (await host.FindAsync(id)).ReceiveCount.ShouldBe(0);

        for (var i = 1; i <= 3; i++)
        {
            var client = await host.LogInAsync(messages: 1);
            await Dialogue.PlayAsync(client, """
                C: RETR 1
                C: QUIT
                S: +OK 1 octets
                S: 1
                S: .
                S: +OK bye
                """, Delivery.Whole);
            var after = await host.FindAsync(id);
            (after.Queue.Value, after.ReceiveCount).ShouldBe(i < 3 ? ("billing", i) : ("dead", 0));
        }
        await host.LogInAsync(messages: 0);
        host.Figures("dead").All.ShouldBe(1);
    }

    [Fact]
    public async Task A_session_gets_a_bounded_number_and_the_next_one_the_rest()
    {
        await using var host = new Pop3Host(new PosthornOptions { Pop3 = new Pop3Options { MessagesMax = 300 } });
        for (var i = 0; i < 500; i++)
            await host.AddAsync("x");
        var client = await host.LogInAsync(messages: 300);
        host.Figures().ShouldBe((200, 300, 500));
        await client.SendAsync([.. Enumerable.Range(1, 300).Select(i => $"DELE {i}"), "QUIT"]);
        for (var i = 0; i < 300; i++)
            (await client.LineOrNullAsync()).ShouldBe("+OK marked for removal");
        (await client.LineOrNullAsync()).ShouldBe("+OK bye, 300 messages removed");
        host.Figures().ShouldBe((200, 0, 200));

        var next = await host.LogInAsync(messages: 200);
        await next.AskAsync("UIDL 1", "+OK 1 1.301");
    }

    [Fact]
    public async Task Nothing_is_said_to_be_removed_before_it_is_durable()
    {
        await using var host = new Pop3Host();
        await host.AddAsync("1");
        var client = await host.LogInAsync(messages: 1);
        await client.AskAsync("DELE 1", "+OK marked for removal");
        var gate = new TaskCompletionSource();
        host.Engine.Gate = gate.Task;
        await client.SendAsync("QUIT");
        var answer = client.LineOrNullAsync();
        answer.IsCompleted.ShouldBeFalse();
        host.Figures().All.ShouldBe(1);

        gate.SetResult();

        (await answer).ShouldBe("+OK bye, 1 messages removed");
        host.Figures().All.ShouldBe(0);
    }

    [Fact]
    public async Task An_engine_that_fails_is_told_and_removes_nothing()
    {
        await using var host = new Pop3Host();
        await host.AddAsync("1");
        var client = await host.LogInAsync(messages: 1);
        await client.AskAsync("DELE 1", "+OK marked for removal");
        host.Engine.CommitFault = new EngineFailedException("test");

        await client.AskAsync("QUIT", "-ERR [SYS/TEMP] out of service, try again later");
        await client.ClosedAsync();
        host.Figures().All.ShouldBe(1);
    }

    [Fact]
    public async Task A_paused_queue_shows_an_empty_maildrop()
    {
        await using var host = new Pop3Host();
        await host.AddAsync("1");
        await host.SetAsync(new QueuePolicy { IsPaused = true });

        await host.LogInAsync(messages: 0);

        host.Figures().ShouldBe((1, 0, 1));
    }

    [Fact]
    public async Task A_large_mail_is_sent_in_slices_as_the_client_takes_them()
    {
        await using var host = new Pop3Host();
        var line = new string('x', 70) + "\r\n";
        var mail = "Subject: large\r\n\r\n" + string.Concat(Enumerable.Repeat(line, 50_000));
        await host.AddAsync(mail);
        var client = await host.LogInAsync(messages: 1);
        await client.AskAsync("RETR 1", $"+OK {mail.Length} octets");

        var received = new StringBuilder();
        while (await client.LineOrNullAsync() is { } next && next != ".")
            received.Append(next).Append("\r\n");

        received.ToString().ShouldBe(mail);
        await client.AskAsync("NOOP", "+OK");
    }

    [Fact]
    public async Task A_client_that_takes_nothing_is_cut_off_and_its_messages_are_given_back()
    {
        await using var host = new Pop3Host();
        await host.AddAsync(new string('x', 1_000_000));
        var client = await host.LogInAsync(messages: 1);
        await client.SendAsync("RETR 1");
        await client.Input.ReadAsync(); // a first piece has come; the rest is not taken
        client.Input.AdvanceTo(default, default);

        host.Clock.Advance(TimeSpan.FromMinutes(10) + TimeSpan.FromSeconds(2));
        host.Clock.Advance(TimeSpan.FromSeconds(12));

        await client.Session;
        client.Connection.IsAborted.ShouldBeTrue();
        host.Figures().ShouldBe((1, 0, 1));
    }

    [Fact]
    public async Task When_the_server_stops_the_session_ends_and_removes_nothing()
    {
        await using var host = new Pop3Host();
        await host.AddAsync("1");
        var client = await host.LogInAsync(messages: 1);
        await client.AskAsync("DELE 1", "+OK marked for removal");

        client.Connection.RequestClose();

        (await client.LineOrNullAsync()).ShouldBe("-ERR [SYS/TEMP] shutting down, try again later");
        await client.ClosedAsync();
        host.Figures().ShouldBe((1, 0, 1));
    }
}

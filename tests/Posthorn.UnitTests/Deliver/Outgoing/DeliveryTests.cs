using System.Globalization;
using System.Text;
using Posthorn.Messages;
using Posthorn.Protocols.Schedules;
using Posthorn.Server.Deliver.Outgoing;
using Posthorn.Server.Deliver.Outgoing.Resolving;
using Posthorn.Server.Operate.Timeline;
using Posthorn.Server.Spool;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Deliver.Outgoing;

public sealed class DeliveryTests
{
    [Fact]
    public async Task A_mail_arrives_byte_for_byte_in_one_round_trip_for_its_envelope()
    {
        await using var world = new OutgoingWorld();
        await world.QueueAsync("b@one.test");
        await world.StartAsync();
        await world.EmptyAsync();
        var mail = world.One.Mails.ShouldHaveSingleItem();
        mail.Text.ShouldBe(OutgoingWorld.Mail);
        mail.Sender.ShouldBe("MAIL FROM:<a@sender.test>");
        world.One.Commands.Take(4).ShouldBe(["1 EHLO out.sender.test", "1 MAIL FROM:<a@sender.test>", "1 RCPT TO:<b@one.test>", "1 DATA"]);
        var delivered = world.Events.Single();
        (delivered.Kind, delivered.Detail, delivered.Peer).ShouldBe((TimelineKind.Delivered, "250 2.0.0 taken", "192.0.2.1:25 mx.one.test"));
    }

    [Theory]
    [InlineData("bare\nlines\n", false)]
    [InlineData("no line end at all", true)]
    [InlineData("", false)]
    [InlineData("\r\n.\r\n..\r\n.", true)]
    [InlineData("a\n.\r\nMAIL FROM:<evil@x>\r\n", true)]
    public async Task With_chunking_any_bytes_arrive_as_they_are(string content, bool isPipelining)
    {
        await using var world = new OutgoingWorld();
        world.One.Keywords = isPipelining ? ["CHUNKING", "PIPELINING"] : ["CHUNKING"];
        await world.QueueAsync([new Recipient("b@one.test")], content: content);
        await world.StartAsync();
        await world.EmptyAsync();
        world.One.Mails.ShouldHaveSingleItem().Text.ShouldBe(content);
        if (content.Length > 0)
            world.One.Commands.ShouldContain($"1 BDAT {content.Length} LAST");
    }

    [Fact]
    public async Task Without_chunking_what_could_smuggle_a_mail_is_bounced_and_nothing_is_left_behind_the_dot()
    {
        await using var world = new OutgoingWorld();
        await world.QueueAsync([new Recipient("b@one.test")], content: "a\r\n\r\nx\n.\r\nMAIL FROM:<evil@x>\r\nRCPT TO:<c@d>\r\nDATA\r\n");
        await world.QueueAsync("c@one.test");
        await world.StartAsync();
        await world.EmptyAsync();
        world.One.Mails.ShouldHaveSingleItem().Addresses.ShouldBe(["c@one.test"]);
        world.One.Commands.ShouldNotContain(c => c.Contains("evil", StringComparison.Ordinal));
        world.DeadLetters.ShouldHaveSingleItem().LastError.ShouldNotBeNull().ShouldContain("5.6.0");
    }

    [Fact]
    public async Task Delivered_recipients_are_not_tried_again_when_others_have_to_wait()
    {
        await using var world = new OutgoingWorld();
        var isWaiting = true;
        world.One.Answer = (line, _) => line.StartsWith("RCPT TO:<wait@", StringComparison.Ordinal) && isWaiting ? "450 4.2.1 busy" : line.StartsWith("RCPT TO:<bad@", StringComparison.Ordinal) ? "550 5.1.1 unknown" : null;
        var id = await world.QueueAsync([new Recipient("good@one.test"), new Recipient("wait@one.test"), new Recipient("bad@one.test")]);
        await world.StartAsync();
        await world.RestAsync();

        var waiting = world.Outgoing.ShouldHaveSingleItem();
        waiting.Id.ShouldBe(id);
        waiting.Envelope.Recipients.Select(r => r.Address).ShouldBe(["wait@one.test"]);
        world.DeadLetters.ShouldHaveSingleItem().Envelope.Recipients.Select(r => r.Address).ShouldBe(["bad@one.test"]);
        (await world.TextAsync(world.Bounces.ShouldHaveSingleItem())).ShouldContain("bad@one.test");

        isWaiting = false;
        await world.AdvanceAsync(TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(1));
        await world.EmptyAsync();
        world.One.Mails.Select(m => string.Join(",", m.Addresses)).ShouldBe(["good@one.test", "wait@one.test"]);
        world.Bounces.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData("MAIL")]
    [InlineData("RCPT")]
    [InlineData("DATA")]
    public async Task A_mail_that_is_always_put_off_is_bounced_when_its_time_is_up(string verb)
    {
        await using var world = new OutgoingWorld(o => o with { GiveUpAfter = TimeSpan.FromHours(3) });
        world.One.Answer = (line, _) => line.StartsWith(verb, StringComparison.Ordinal) ? "421 4.3.2 try later" : null;
        await world.QueueAsync("b@one.test");
        await world.StartAsync();
        await world.AdvanceAsync(TimeSpan.FromHours(4), TimeSpan.FromMinutes(1));
        await world.EmptyAsync();
        // At 0 min, 10 min, 40 min, 160 min, and a last time when the three hours are over.
        world.Told(TimelineKind.Attempted).Count().ShouldBe(5);
        (await world.TextAsync(world.Bounces.ShouldHaveSingleItem())).ShouldContain("Status: 4.4.7");
        var dead = world.DeadLetters.ShouldHaveSingleItem();
        dead.LastError.ShouldNotBeNull().ShouldContain("421 4.3.2 try later");
        dead.Group.ShouldBe("one.test");
        dead.Text(MailAttributes.DeadLetterSource).ShouldBe("spool/outgoing");
        dead.Attributes.ContainsKey(MailAttributes.Attempts).ShouldBeFalse();
    }

    [Fact]
    public async Task The_schedule_is_kept_and_retries_wait_in_lanes_of_their_own()
    {
        await using var world = new OutgoingWorld();
        world.One.Answer = (line, _) => line.StartsWith("RCPT", StringComparison.Ordinal) ? "450 4.2.1 busy" : null;
        var start = world.Time.GetUtcNow();
        await world.QueueAsync("b@one.test");
        await world.StartAsync();
        var seen = new List<(double Minutes, string? Group)>();
        for (var i = 0; i < 4; i++)
        {
            await world.RestAsync();
            var waiting = world.Outgoing.Single();
            seen.Add((Math.Round((waiting.DueAt - start).TotalMinutes), waiting.Group));
            await world.AdvanceAsync(waiting.DueAt - world.Time.GetUtcNow(), TimeSpan.FromMinutes(1));
            var attempts = i + 2;
            await world.UntilAsync(() => world.Outgoing.Single().Text(MailAttributes.Attempts) == attempts.ToString(CultureInfo.InvariantCulture), "tried again");
        }

        seen.ShouldBe([(10, "one.test 2"), (40, "one.test 3"), (160, "one.test 3"), (280, "one.test 3")]);
    }

    [Theory]
    [InlineData("450 4.2.0 greylisted, try again in 300 seconds", 300)]
    [InlineData("450 4.2.0 Please retry after 5 minutes", 300)]
    [InlineData("450 4.2.0 wait 1 hour", 3600)]
    [InlineData("450 4.2.0 try again in 3 hours", 600)]
    [InlineData("450 4.2.0 limit of 100 per 60 seconds", 600)]
    [InlineData("450 4.2.0 no time", 600)]
    public async Task A_time_that_the_server_names_is_believed_within_the_schedule(string reply, int seconds)
    {
        await using var world = new OutgoingWorld();
        world.One.Answer = (line, _) => line.StartsWith("RCPT", StringComparison.Ordinal) ? reply : null;
        await world.QueueAsync("b@one.test");
        await world.StartAsync();
        await world.RestAsync();
        (world.Outgoing.Single().DueAt - world.Time.GetUtcNow()).TotalSeconds.ShouldBe(seconds, 1);
    }

    [Fact]
    public async Task Nothing_is_bounced_to_the_null_sender_but_it_is_kept()
    {
        await using var world = new OutgoingWorld();
        world.One.Answer = (line, _) => line.StartsWith("RCPT", StringComparison.Ordinal) ? "550 5.1.1 unknown" : null;
        await world.QueueAsync([new Recipient("b@one.test")], sender: "");
        await world.StartAsync();
        await world.EmptyAsync();
        world.Bounces.ShouldBeEmpty();
        world.DeadLetters.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_delay_is_told_once_and_only_to_whom_it_may()
    {
        await using var world = new OutgoingWorld(o => o with { DelayWarningAfter = TimeSpan.FromMinutes(30) });
        world.One.Answer = (line, _) => line.StartsWith("RCPT", StringComparison.Ordinal) ? "450 4.2.1 busy" : null;
        await world.QueueAsync("b@one.test");
        await world.QueueAsync([new Recipient("c@one.test") { Notify = DsnNotify.Failure }]);
        await world.StartAsync();
        await world.AdvanceAsync(TimeSpan.FromHours(6), TimeSpan.FromMinutes(2));
        var warning = world.Bounces.ShouldHaveSingleItem();
        var text = await world.TextAsync(warning);
        text.ShouldContain("Action: delayed");
        text.ShouldContain("b@one.test");
        text.ShouldContain("Will-Retry-Until:");
        text.ShouldNotContain("c@one.test");
        world.Outgoing.Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_dead_destination_keeps_its_mail_without_trying_all_of_it_and_gives_it_up_in_time()
    {
        await using var world = new OutgoingWorld(o => o with { GiveUpAfter = TimeSpan.FromHours(5), DelayWarningAfter = TimeSpan.FromHours(4) });
        world.One.IsRefusing = true;
        for (var i = 0; i < 30; i++)
            await world.QueueAsync($"b{i}@one.test");
        await world.StartAsync();
        await world.UntilAsync(() => world.Dispatcher.Find("one.test")?.State == DestinationState.BackingOff, "backing off");
        await world.UntilAsync(() => world.Outgoing.All(m => m.State != MessageState.Leased), "nobody works");
        world.Outgoing.Count(m => m.State == MessageState.Ready).ShouldBeGreaterThan(20);
        world.Dispatcher.Find("mx.one.test").ShouldNotBeNull().LastReply.ShouldNotBeNull().ShouldContain("Connection refused");

        await world.AdvanceAsync(TimeSpan.FromHours(4.5), TimeSpan.FromMinutes(2));
        await world.UntilAsync(() => world.Bounces.Count == 30, "everyone was warned once");
        await world.AdvanceAsync(TimeSpan.FromHours(1), TimeSpan.FromMinutes(1));
        await world.EmptyAsync();
        world.DeadLetters.Count.ShouldBe(30);
        world.Bounces.Count.ShouldBe(60);
    }

    [Fact]
    public async Task A_destination_that_comes_back_gets_everything()
    {
        await using var world = new OutgoingWorld(o => o with { Schedule = RetrySchedule.Parse("1m") });
        world.One.IsRefusing = true;
        for (var i = 0; i < 100; i++)
            await world.QueueAsync($"b{i}@one.test");
        await world.StartAsync();
        await world.UntilAsync(() => world.Dispatcher.Find("one.test")?.State == DestinationState.BackingOff, "backing off");
        world.One.IsRefusing = false;
        await world.AdvanceAsync(TimeSpan.FromMinutes(5), TimeSpan.FromSeconds(10));
        await world.EmptyAsync();
        world.One.Mails.Select(m => m.Addresses.Single()).Distinct().Count().ShouldBe(100);
        world.One.Mails.Count.ShouldBe(100);
    }

    [Fact]
    public async Task A_destination_that_hangs_does_not_slow_the_others()
    {
        await using var world = new OutgoingWorld();
        world.Network.Mx("slow.test", "mx.slow.test");
        world.Network.Host("mx.slow.test").Greeting = "!hang";
        for (var i = 0; i < 50; i++)
        {
            await world.QueueAsync($"b{i}@slow.test");
            await world.QueueAsync($"b{i}@one.test");
        }

        await world.StartAsync();
        // The clock stands still: none of the hanging ones ends.
        await world.UntilAsync(() => world.One.Mails.Count == 50, "the others are delivered");
        world.Outgoing.Count.ShouldBe(50);
        world.Outgoing.Count(m => m.State == MessageState.Leased).ShouldBe(5);
    }

    [Fact]
    public async Task Connections_are_used_again_and_closed_after_their_number_of_mails()
    {
        await using var world = new OutgoingWorld(o => o with { PerDestination = new DestinationOptions { Connections = 1, InitialConnections = 1, MessagesPerConnection = 10 } });
        for (var i = 0; i < 25; i++)
            await world.QueueAsync($"b{i}@one.test");
        await world.StartAsync();
        await world.EmptyAsync();
        world.One.Mails.GroupBy(m => m.Connection).Select(g => g.Count()).ShouldBe([10, 10, 5]);
        world.One.MostOpen.ShouldBe(1);
    }

    [Fact]
    public async Task An_idle_connection_is_used_again_closed_in_time_and_missed_by_nobody()
    {
        await using var world = new OutgoingWorld();
        await world.QueueAsync("b@one.test");
        await world.StartAsync();
        await world.EmptyAsync();
        await world.UntilAsync(() => world.Dispatcher.List().Single().Connections == 1, "idle");
        await world.QueueAsync("c@one.test");
        await world.EmptyAsync();
        world.One.Connections.ShouldBe(1);

        await world.AdvanceAsync(TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(1));
        await world.UntilAsync(() => world.One.Open == 0, "closed");
        world.One.Commands.ShouldContain("1 QUIT");
        await world.QueueAsync("d@one.test");
        await world.EmptyAsync();
        world.One.Connections.ShouldBe(2);
    }

    [Theory]
    [InlineData("!drop")]
    [InlineData("421 4.7.0 that was enough for one connection")]
    public async Task A_connection_that_was_used_before_and_is_over_costs_no_attempt(string answer)
    {
        await using var world = new OutgoingWorld();
        var mails = 0;
        world.One.Answer = (line, _) => line.StartsWith("MAIL", StringComparison.Ordinal) && ++mails == 2 ? answer : null;
        await world.QueueAsync("b@one.test");
        await world.StartAsync();
        await world.EmptyAsync();
        await world.QueueAsync("c@one.test");
        await world.EmptyAsync();
        world.One.Mails.Count.ShouldBe(2);
        world.One.Connections.ShouldBe(2);
        world.Told(TimelineKind.Attempted).ShouldBeEmpty();
    }

    [Fact]
    public async Task The_next_mails_envelope_rides_behind_the_content_of_this_one()
    {
        await using var world = new OutgoingWorld(o => o with { PerDestination = new DestinationOptions { Connections = 1, InitialConnections = 1 } });
        var bodies = new List<string>();
        for (var i = 0; i < 40; i++)
        {
            bodies.Add($"Subject: {i}\r\n\r\n.{i}\r\n");
            await world.QueueAsync([new Recipient($"b{i}@one.test")], content: bodies[^1]);
        }

        // Refusals in between must not shift anything.
        world.One.Answer = (line, _) => line.StartsWith("RCPT TO:<b7@", StringComparison.Ordinal) ? "550 5.1.1 unknown"
            : line.StartsWith("MAIL", StringComparison.Ordinal) && world.One.Mails.Count == 11 ? "450 4.3.0 not this one" : null;
        await world.StartAsync();
        await world.UntilAsync(() => world.One.Mails.Count + world.DeadLetters.Count + world.Outgoing.Count(m => m.State == MessageState.Delayed) == 40 || world.One.Mails.Count > 39, "all seen");
        world.DeadLetters.ShouldHaveSingleItem().Envelope.Recipients[0].Address.ShouldBe("b7@one.test");
        foreach (var mail in world.One.Mails)
            mail.Text.ShouldBe(bodies[int.Parse(mail.Addresses.Single()[1..^"@one.test".Length], CultureInfo.InvariantCulture)]);
    }

    [Fact]
    public async Task When_the_server_agrees_to_data_for_nobody_nobody_gets_anything()
    {
        await using var world = new OutgoingWorld();
        world.One.Answer = (line, _) => line.StartsWith("RCPT TO:<bad@", StringComparison.Ordinal) ? "550 5.1.1 unknown" : line == "DATA" ? "354 go on, whoever it is for" : null;
        world.One.AfterContent = m => m.Recipients.Count == 0 ? "554 5.5.1 no valid recipients" : "250 2.0.0 taken";
        await world.QueueAsync("bad@one.test");
        await world.QueueAsync("good@one.test");
        await world.StartAsync();
        await world.EmptyAsync();
        world.One.Mails.ShouldHaveSingleItem().Addresses.ShouldBe(["good@one.test"]);
        world.DeadLetters.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_connection_lost_after_the_content_is_tried_again_later_and_not_elsewhere()
    {
        await using var world = new OutgoingWorld();
        world.Network.Mx("two.test", "mx.one.test", "mx.two.test");
        var second = world.Network.Host("mx.two.test");
        world.One.AfterContent = _ => "!drop";
        await world.QueueAsync("b@two.test");
        await world.StartAsync();
        await world.RestAsync();
        world.Outgoing.Single().LastError.ShouldNotBeNull().ShouldContain("may have been delivered");
        second.Connections.ShouldBe(0);
    }

    [Fact]
    public async Task A_hundred_recipients_go_in_one_mail_more_in_several()
    {
        await using var world = new OutgoingWorld();
        await world.QueueAsync([.. Enumerable.Range(0, 250).Select(i => new Recipient($"b{i}@one.test"))]);
        await world.StartAsync();
        await world.EmptyAsync();
        world.One.Mails.Select(m => m.Recipients.Count).ShouldBe([100, 100, 50]);
    }

    [Fact]
    public async Task Recipients_that_are_too_many_for_one_mail_get_another_at_once()
    {
        await using var world = new OutgoingWorld();
        var inMail = 0;
        world.One.Answer = (line, _) =>
        {
            if (line.StartsWith("MAIL", StringComparison.Ordinal))
                inMail = 0;
            return line.StartsWith("RCPT", StringComparison.Ordinal) && ++inMail > 3 ? "452 4.5.3 too many recipients" : null;
        };
        await world.QueueAsync([.. Enumerable.Range(0, 8).Select(i => new Recipient($"b{i}@one.test"))]);
        await world.QueueAsync("after@one.test");
        await world.StartAsync();
        await world.EmptyAsync();
        world.One.Mails.SelectMany(m => m.Addresses).Order().ShouldBe(["after@one.test", .. Enumerable.Range(0, 8).Select(i => $"b{i}@one.test")]);
        world.One.Mails.ShouldAllBe(m => m.Recipients.Count <= 3);
        world.Told(TimelineKind.Attempted).ShouldBeEmpty();
    }

    [Fact]
    public async Task Header_lines_of_one_recipient_reach_that_one_alone()
    {
        await using var world = new OutgoingWorld();
        await world.QueueAsync([new Recipient("b@one.test"), new Recipient("c@one.test") { Headers = ["X-For: you"] }, new Recipient("d@one.test")]);
        await world.StartAsync();
        await world.EmptyAsync();
        world.One.Mails.Select(m => (string.Join(',', m.Addresses), m.Text)).ShouldBe([("b@one.test,d@one.test", OutgoingWorld.Mail), ("c@one.test", "X-For: you\r\n" + OutgoingWorld.Mail)]);
    }

    [Fact]
    public async Task Mail_without_a_group_is_sorted_by_domain()
    {
        await using var world = new OutgoingWorld();
        world.Network.Mx("two.test", "mx.two.test");
        var two = world.Network.Host("mx.two.test");
        await world.QueueAsync([new Recipient("b@one.test"), new Recipient("c@two.test"), new Recipient("d@one.test")], with: m => m with { Group = null });
        await world.QueueAsync([new Recipient("nowhere")], with: m => m with { Group = null });
        await world.StartAsync();
        await world.UntilAsync(() => world.One.Mails.Count == 1 && two.Mails.Count == 1, "both arrived");
        world.One.Mails.Single().Addresses.ShouldBe(["b@one.test", "d@one.test"]);
        await world.UntilAsync(() => world.Outgoing is [{ State: MessageState.Held }], "the hopeless one is held");
    }

    [Fact]
    public async Task A_rate_is_kept_and_nothing_is_rewritten_while_it_waits()
    {
        await using var world = new OutgoingWorld(o => o with { PerDestination = new DestinationOptions { Rate = new DeliveryRate(60, TimeSpan.FromMinutes(1)) } });
        for (var i = 0; i < 20; i++)
            await world.QueueAsync($"b{i}@one.test");
        await world.StartAsync();
        await world.UntilAsync(() => world.One.Mails.Count == 1, "the first");
        await world.AdvanceAsync(TimeSpan.FromSeconds(10), TimeSpan.FromMilliseconds(500));
        await world.UntilAsync(() => world.One.Mails.Count >= 10, "ten seconds' worth");
        world.One.Mails.Count.ShouldBeInRange(10, 12);
        world.Outgoing.ShouldAllBe(m => m.Text(MailAttributes.Attempts) == null);
        await world.AdvanceAsync(TimeSpan.FromSeconds(12), TimeSpan.FromMilliseconds(500));
        await world.EmptyAsync();
    }

    [Fact]
    public async Task Large_content_streams_through()
    {
        await using var world = new OutgoingWorld();
        var line = new string('x', 76) + "\r\n.y\r\n";
        var content = "Subject: big\r\n\r\n" + string.Concat(Enumerable.Repeat(line, 40_000));
        await world.QueueAsync([new Recipient("b@one.test")], content: content);
        await world.StartAsync();
        await world.EmptyAsync();
        (world.One.Mails.Single().Text == content).ShouldBeTrue();
    }

    [Fact]
    public async Task A_shutdown_finishes_what_is_under_way_and_gives_back_the_rest()
    {
        await using var world = new OutgoingWorld(o => o with { PerDestination = new DestinationOptions { Connections = 1, InitialConnections = 1 } });
        var reached = new TaskCompletionSource();
        var go = new TaskCompletionSource();
        world.One.BeforeReply = async _ =>
        {
            reached.TrySetResult();
            await go.Task;
        };
        for (var i = 0; i < 5; i++)
            await world.QueueAsync($"b{i}@one.test");
        await world.StartAsync();
        await reached.Task;
        var stopping = world.Dispatcher.StopAsync(CancellationToken.None);
        go.SetResult();
        await stopping;
        world.One.Mails.Count.ShouldBeInRange(1, 2);
        world.Outgoing.Count.ShouldBe(5 - world.One.Mails.Count);
        world.Outgoing.ShouldAllBe(m => m.State == MessageState.Ready && m.Text(MailAttributes.Attempts) == null);
        world.One.Open.ShouldBe(0);
    }

    [Fact]
    public async Task A_shutdown_does_not_wait_for_a_server_that_hangs()
    {
        await using var world = new OutgoingWorld();
        world.One.AfterContent = _ => "!hang";
        await world.QueueAsync("b@one.test");
        await world.StartAsync();
        await world.UntilAsync(() => world.One.Commands.Any(c => c.EndsWith("DATA", StringComparison.Ordinal)), "content sent");
        var asked = world.Time.GetUtcNow();
        var stopping = world.Dispatcher.StopAsync(CancellationToken.None);
        while (!stopping.IsCompleted)
            await world.AdvanceAsync(TimeSpan.FromSeconds(3));
        await stopping;
        world.Time.GetUtcNow().ShouldBeLessThan(asked + TimeSpan.FromMinutes(2));
        world.Outgoing.Single().State.ShouldBe(MessageState.Delayed);
    }

    [Fact]
    public async Task Retry_now_makes_everything_due_and_ends_the_back_off()
    {
        await using var world = new OutgoingWorld();
        world.One.Answer = (line, _) => line.StartsWith("RCPT", StringComparison.Ordinal) ? "450 4.2.1 busy" : null;
        await world.QueueAsync("b@one.test");
        await world.QueueAsync("c@one.test");
        await world.StartAsync();
        await world.RestAsync();
        world.One.Answer = (_, _) => null;
        (await world.Dispatcher.RetryNowAsync("one.test", CancellationToken.None)).ShouldBe(2);
        await world.EmptyAsync();
        (await world.Dispatcher.RetryNowAsync("unknown.test", CancellationToken.None)).ShouldBeNull();
    }

    [Fact]
    public async Task A_destination_tells_how_it_is()
    {
        await using var world = new OutgoingWorld();
        world.Network.Mx("also.test", "mx.one.test");
        world.One.Answer = (line, _) => line.StartsWith("RCPT TO:<bad", StringComparison.Ordinal) ? "550 5.1.1 unknown" : line.StartsWith("RCPT TO:<wait", StringComparison.Ordinal) ? "450 4.2.1 busy" : null;
        foreach (var recipient in new[] { "good@one.test", "bad@also.test", "wait@also.test" })
            await world.QueueAsync(recipient);
        await world.StartAsync();
        await world.RestAsync();
        var status = world.Dispatcher.List().ShouldHaveSingleItem();
        status.Name.ShouldBe("mx.one.test");
        status.Domains.ShouldBe(["one.test", "also.test"], ignoreOrder: true);
        (status.Queued, status.Ready, status.Delivered, status.Failed, status.Deferred, status.State).ShouldBe((1, 0, 1, 1, 1, DestinationState.Active));
        status.LastReply.ShouldNotBeNull();
        world.Dispatcher.Find("ALSO.test").ShouldNotBeNull().Name.ShouldBe("mx.one.test");
    }
}

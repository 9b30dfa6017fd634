using System.Globalization;
using Posthorn.Messages;
using Posthorn.Protocols.Schedules;
using Posthorn.Server.Deliver.Outgoing;
using Posthorn.Server.Operate.Timeline;
using Posthorn.Server.Spool;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Deliver.Outgoing;

/// <summary>What was put off: when it is tried again, who is told, and when it is given up.</summary>
public sealed class RetryTests
{
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
        await world.UntilAsync(() => world.Destination("one.test")?.State == DestinationState.BackingOff, "backing off");
        await world.UntilAsync(() => world.Outgoing.All(m => m.State != MessageState.Leased), "nobody works");
        world.Outgoing.Count(m => m.State == MessageState.Ready).ShouldBeGreaterThan(20);
        world.Destination("mx.one.test").ShouldNotBeNull().LastReply.ShouldNotBeNull().ShouldContain("Connection refused");

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
        await world.UntilAsync(() => world.Destination("one.test")?.State == DestinationState.BackingOff, "backing off");
        world.One.IsRefusing = false;
        await world.AdvanceAsync(TimeSpan.FromMinutes(5), TimeSpan.FromSeconds(10));
        await world.EmptyAsync();
        world.One.Mails.Select(m => m.Addresses.Single()).Distinct().Count().ShouldBe(100);
        world.One.Mails.Count.ShouldBe(100);
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
}

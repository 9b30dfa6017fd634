using System.Globalization;
using Posthorn.Messages;
using Posthorn.Server.Deliver.Outgoing;
using Posthorn.Server.Deliver.Rates;
using Posthorn.Server.Operate.Timeline;
using Posthorn.Server.Spool;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Deliver.Outgoing;

/// <summary>How connections are shared out, used again, kept to their rate and ended.</summary>
public sealed class ConnectionUseTests
{
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
        await world.UntilAsync(() => world.Destinations.Single().Connections == 1, "idle");
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
        await using var world = new OutgoingWorld(o => o with { PerDestination = new DestinationOptions { Connections = 1, InitialConnections = 1 } });
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
        await world.StopAsync();
        world.Time.GetUtcNow().ShouldBeLessThan(asked + TimeSpan.FromMinutes(2));
        world.Outgoing.Single().State.ShouldBe(MessageState.Delayed);
    }
}

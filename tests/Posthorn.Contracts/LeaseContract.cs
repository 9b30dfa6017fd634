using Posthorn.Commits;
using Posthorn.Leases;
using Posthorn.Messages;
using Posthorn.Queues;
using Shouldly;
using Xunit;

namespace Posthorn.Contracts;

/// <summary>Leases: exclusive, bounded in time, given up or extended at will.</summary>
public abstract class LeaseContract : EngineContract
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(20);

    [Fact]
    public async Task A_leased_message_is_invisible_until_its_timeout_ends()
    {
        await SendAsync("x");
        await TakeOneAsync(timeout: TimeSpan.FromSeconds(30));
        Clock.Advance(TimeSpan.FromSeconds(30) - Tick);
        (await TakeAsync()).ShouldBeEmpty();
        Clock.Advance(Tick + Tick);
        (await TakeOneAsync()).Message.ReceiveCount.ShouldBe(2);
    }

    [Fact]
    public async Task Without_a_timeout_the_queues_holds()
    {
        await Engine.CommitAsync(new Commit().SetQueue(Q, new QueuePolicy { VisibilityTimeout = TimeSpan.FromMinutes(5) }));
        await SendAsync("x");
        (await TakeOneAsync()).ExpiresAt.ShouldBe(Clock.GetUtcNow() + TimeSpan.FromMinutes(5));
    }

    [Fact]
    public async Task What_is_being_processed_still_counts_until_it_is_removed()
    {
        await SendAsync("x");
        var leased = await TakeOneAsync();
        (Status().Messages, Status().Leased, Status().Ready).ShouldBe((1, 1, 0));
        await Engine.CommitAsync(new Commit().Remove(leased));
        Status().Messages.ShouldBe(0);
    }

    [Fact]
    public async Task Leases_may_be_ended_in_any_order()
    {
        await SendAsync("a");
        await SendAsync("b");
        var (a, b) = (await TakeOneAsync(), await TakeOneAsync());
        await Engine.CommitAsync(new Commit().Remove(b));
        await Engine.CommitAsync(new Commit().Remove(a));
        Status().Messages.ShouldBe(0);
    }

    [Fact]
    public async Task A_released_message_comes_again_in_its_old_place()
    {
        await SendAsync("a");
        await SendAsync("b");
        await SendAsync("c");
        var a = await TakeOneAsync();
        await Engine.CommitAsync(new Commit().Release(a, changes: new MessageChanges { LastError = "no" }));
        var again = await TakeOneAsync();
        (await TextAsync(again.Message)).ShouldBe("a");
        again.Message.LastError.ShouldBe("no");
        again.Message.ReceiveCount.ShouldBe(2);
        (await DrainAsync()).ShouldBe(["b", "c"]);
    }

    [Fact]
    public async Task A_message_released_with_a_delay_waits_for_it()
    {
        await SendAsync("a");
        await Engine.CommitAsync(new Commit().Release(await TakeOneAsync(), TimeSpan.FromMinutes(10)));
        Status().Delayed.ShouldBe(1);
        Clock.Advance(TimeSpan.FromMinutes(10) - Tick);
        (await TakeAsync()).ShouldBeEmpty();
        Clock.Advance(Tick + Tick);
        (await TakeAsync()).Count.ShouldBe(1);
    }

    [Fact]
    public async Task An_ended_lease_proves_nothing()
    {
        var id = await SendAsync("x");
        var leased = await TakeOneAsync(timeout: TimeSpan.FromSeconds(1));
        Clock.Advance(TimeSpan.FromSeconds(2));
        var conflict = await Should.ThrowAsync<CommitConflictException>(async () => await Engine.CommitAsync(new Commit().Remove(leased)));
        conflict.Conflicts[0].Reason.ShouldBe(ConflictReason.LeaseEnded);
        (await Engine.ExtendAsync(leased.Handle, TimeSpan.FromSeconds(5))).ShouldBeNull();
        (await FindAsync(id)).State.ShouldBe(MessageState.Ready);
    }

    [Fact]
    public async Task Only_the_latest_lease_counts()
    {
        await SendAsync("x");
        var first = await TakeOneAsync(timeout: TimeSpan.FromSeconds(1));
        Clock.Advance(TimeSpan.FromSeconds(2));
        var second = await TakeOneAsync();
        await Should.ThrowAsync<CommitConflictException>(async () => await Engine.CommitAsync(new Commit().Remove(first)));
        await Engine.CommitAsync(new Commit().Remove(second));
    }

    [Fact]
    public async Task An_extended_lease_lasts_from_now()
    {
        await SendAsync("x");
        var leased = await TakeOneAsync(timeout: TimeSpan.FromSeconds(10));
        Clock.Advance(TimeSpan.FromSeconds(8));
        (await Engine.ExtendAsync(leased.Handle, TimeSpan.FromSeconds(10))).ShouldBe(Clock.GetUtcNow() + TimeSpan.FromSeconds(10));
        Clock.Advance(TimeSpan.FromSeconds(9));
        (await TakeAsync()).ShouldBeEmpty();
        await Engine.CommitAsync(new Commit().Remove(leased));
    }

    [Fact]
    public async Task An_administrator_removes_a_leased_message_and_its_consumer_hears_of_it()
    {
        var id = await SendAsync("x");
        var leased = await TakeOneAsync();
        await Engine.CommitAsync(new Commit().Remove(id));
        var conflict = await Should.ThrowAsync<CommitConflictException>(async () => await Engine.CommitAsync(new Commit().Remove(leased)));
        conflict.Conflicts[0].Reason.ShouldBe(ConflictReason.MessageNotFound);
    }

    [Fact]
    public async Task A_change_by_hand_leaves_the_lease_alone()
    {
        var id = await SendAsync("x");
        var leased = await TakeOneAsync();
        await Engine.CommitAsync(new Commit().Change(id, new MessageChanges { Priority = Priority.Highest }));
        await Engine.CommitAsync(new Commit().Remove(leased));
    }

    [Fact]
    public async Task A_waiting_consumer_is_served_as_soon_as_something_is_sent()
    {
        var waiting = TakeAsync(5, wait: TimeSpan.FromMinutes(1));
        waiting.IsCompleted.ShouldBeFalse();
        await SendAsync("x");
        (await waiting).Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_waiting_consumer_goes_away_empty_when_its_time_is_over()
    {
        var waiting = TakeAsync(1, wait: TimeSpan.FromSeconds(20));
        Clock.Advance(TimeSpan.FromSeconds(20) + Tick);
        (await waiting).ShouldBeEmpty();
        await SendAsync("x");
        (await TakeAsync()).Count.ShouldBe(1);
    }

    [Fact]
    public async Task Nothing_is_leased_to_a_consumer_that_has_gone()
    {
        using var gone = new CancellationTokenSource();
        var waiting = Engine.LeaseAsync(Q, new LeaseRequest { Wait = Timeout.InfiniteTimeSpan }, gone.Token).AsTask();
        await gone.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => waiting);
        await SendAsync("x");
        (await TakeAsync()).Count.ShouldBe(1);
    }

    [Fact]
    public async Task Consumers_are_served_in_the_order_they_came()
    {
        var first = TakeAsync(1, wait: TimeSpan.FromMinutes(1));
        var second = TakeAsync(1, wait: TimeSpan.FromMinutes(1));
        await SendAsync("a");
        (await TextAsync((await first)[0].Message)).ShouldBe("a");
        second.IsCompleted.ShouldBeFalse();
        await SendAsync("b");
        (await second).Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_waiting_consumer_is_served_when_a_delay_or_a_lease_ends()
    {
        await SendAsync("delayed", delay: TimeSpan.FromSeconds(10));
        var waiting = TakeAsync(1, wait: TimeSpan.FromMinutes(5), timeout: TimeSpan.FromSeconds(5));
        Clock.Advance(TimeSpan.FromSeconds(11));
        (await waiting).Count.ShouldBe(1);
        var next = TakeAsync(1, wait: TimeSpan.FromMinutes(5));
        Clock.Advance(TimeSpan.FromSeconds(6));
        (await next)[0].Message.ReceiveCount.ShouldBe(2);
    }

    [Fact]
    public async Task A_thousand_messages_can_be_in_flight_at_once()
    {
        var commit = new Commit();
        for (var i = 0; i < 1000; i++)
            commit.Add(Mail($"{i}"));
        await Engine.CommitAsync(commit);
        var leases = new List<LeasedMessage>();
        while (await TakeAsync(64) is { Count: > 0 } some)
            leases.AddRange(some);
        leases.Select(l => l.Message.Id).Distinct().Count().ShouldBe(1000);
        await Task.WhenAll(leases.Select(async l => await Engine.CommitAsync(new Commit().Remove(l))));
        Status().Messages.ShouldBe(0);
    }

    [Fact]
    public async Task Concurrent_consumers_with_acks_and_releases_get_each_message_once_acked()
    {
        var acked = new System.Collections.Concurrent.ConcurrentBag<MessageId>();
        var producers = Enumerable.Range(0, 10).Select(i => Task.Run(async () =>
        {
            for (var k = 0; k < 15; k++)
                await SendAsync($"{i}-{k}");
        }));
        var consumers = Enumerable.Range(0, 10).Select(i => Task.Run(async () =>
        {
            for (var n = 0; acked.Count < 150; n++)
            {
                foreach (var leased in await TakeAsync(3))
                {
                    if (n % 3 == 0 && leased.Message.ReceiveCount == 1)
                        await Engine.CommitAsync(new Commit().Release(leased));
                    else
                    {
                        await Engine.CommitAsync(new Commit().Remove(leased));
                        acked.Add(leased.Message.Id);
                    }
                }
                await Task.Yield();
            }
        }));
        await Task.WhenAll(producers.Concat(consumers));
        acked.Distinct().Count().ShouldBe(150);
        Status().Messages.ShouldBe(0);
    }

    [Fact]
    public async Task A_paused_queue_takes_and_gives_nothing_out()
    {
        await Engine.CommitAsync(new Commit().SetQueue(Q, new QueuePolicy { IsPaused = true }));
        await SendAsync("x");
        (await TakeAsync()).ShouldBeEmpty();
        var waiting = TakeAsync(1, wait: TimeSpan.FromMinutes(1));
        await Engine.CommitAsync(new Commit().SetQueue(Q, QueuePolicy.Default));
        (await waiting).Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_held_message_is_handed_to_nobody_until_it_is_let_go()
    {
        var id = await SendAsync(Mail("x") with { IsHeld = true });
        (await TakeAsync()).ShouldBeEmpty();
        (Status().Held, (await FindAsync(id)).State).ShouldBe((1, MessageState.Held));
        Clock.Advance(TimeSpan.FromDays(400));
        await Engine.CommitAsync(new Commit().Change(id, new MessageChanges { IsHeld = false }));
        (await TakeAsync()).Count.ShouldBe(1);
    }
}

using Posthorn.Commits;
using Posthorn.Leases;
using Posthorn.Messages;
using Posthorn.Queues;
using Shouldly;
using Xunit;

namespace Posthorn.Contracts;

/// <summary>A lease is the exclusive right to a message until it ends.</summary>
public abstract class LeaseContract : EngineContract
{
    private static readonly TimeSpan Visibility = QueuePolicy.Default.VisibilityTimeout;

    [Fact]
    public async Task Messages_come_out_in_the_order_they_came_in()
    {
        for (var i = 0; i < 20; i++)
            await AddAsync(Orders, $"{i}");
        (await LeaseTextsAsync(Orders, 5)).ShouldBe(["0", "1", "2", "3", "4"]);
        (await LeaseTextsAsync(Orders)).ShouldBe(Enumerable.Range(5, 15).Select(i => $"{i}"));
    }

    [Fact]
    public async Task Messages_of_the_same_content_both_come_out()
    {
        await AddAsync(Orders, "same");
        await AddAsync(Orders, "same");
        (await LeaseTextsAsync(Orders)).ShouldBe(["same", "same"]);
    }

    [Fact]
    public async Task A_leased_message_is_invisible_until_its_timeout_ends()
    {
        var id = (await AddAsync(Orders, "x")).Id;
        var lease = await LeaseOneAsync(Orders);
        lease.ExpiresAt.ShouldBe(Time.GetUtcNow() + Visibility);
        Engine.Status(Orders)!.Leased.ShouldBe(1);

        Time.Advance(Visibility - TimeSpan.FromMilliseconds(1));
        (await LeaseAsync(Orders)).ShouldBeEmpty();
        Time.Advance(TimeSpan.FromMilliseconds(1));

        Engine.Status(Orders)!.Ready.ShouldBe(1);
        var again = await LeaseOneAsync(Orders);
        again.Message.Id.ShouldBe(id);
        again.Message.ReceiveCount.ShouldBe(2);
        again.Handle.ShouldNotBe(lease.Handle);
        (await Should.ThrowAsync<CommitConflictException>(async () => await RemoveAsync(lease))).Conflicts.ShouldBe([new CommitConflict(0, ConflictReason.LeaseEnded)]);
        await RemoveAsync(again);
    }

    [Fact]
    public async Task A_lease_can_be_longer_or_shorter_than_the_queues_timeout()
    {
        await AddAsync(Orders, "x");
        await LeaseAsync(Orders, visibility: TimeSpan.FromSeconds(3));
        Time.Advance(TimeSpan.FromSeconds(3));
        await LeaseAsync(Orders, visibility: TimeSpan.FromHours(12));
        Time.Advance(TimeSpan.FromHours(12) - TimeSpan.FromMilliseconds(1));
        (await LeaseAsync(Orders)).ShouldBeEmpty();
        Time.Advance(TimeSpan.FromMilliseconds(1));
        await LeaseOneAsync(Orders);
    }

    [Fact]
    public async Task An_extended_lease_ends_later_and_an_ended_one_cannot_be_extended()
    {
        await AddAsync(Orders, "x");
        var lease = await LeaseOneAsync(Orders);
        Time.Advance(Visibility - TimeSpan.FromSeconds(1));
        (await Engine.ExtendAsync(lease.Handle, TimeSpan.FromMinutes(5))).ShouldBe(Time.GetUtcNow() + TimeSpan.FromMinutes(5));
        Time.Advance(TimeSpan.FromMinutes(5) - TimeSpan.FromMilliseconds(1));
        (await LeaseAsync(Orders)).ShouldBeEmpty();
        Time.Advance(TimeSpan.FromMilliseconds(1));
        (await Engine.ExtendAsync(lease.Handle, TimeSpan.FromMinutes(5))).ShouldBeNull();
        await LeaseOneAsync(Orders);
    }

    [Fact]
    public async Task Extending_by_nothing_ends_the_lease()
    {
        await AddAsync(Orders, "x");
        var lease = await LeaseOneAsync(Orders);
        await Engine.ExtendAsync(lease.Handle, TimeSpan.Zero);
        await LeaseOneAsync(Orders);
    }

    [Fact]
    public async Task A_step_of_the_wall_clock_neither_ends_nor_extends_a_lease()
    {
        await AddAsync(Orders, "x");
        await LeaseOneAsync(Orders);
        Time.SetWall(Time.GetUtcNow() + TimeSpan.FromDays(1));
        (await LeaseAsync(Orders)).ShouldBeEmpty();
        Time.SetWall(Time.GetUtcNow() - TimeSpan.FromDays(2));
        Time.Advance(Visibility);
        await LeaseOneAsync(Orders);
    }

    [Fact]
    public async Task A_released_message_is_ready_at_once_in_its_old_place()
    {
        for (var i = 0; i < 4; i++)
            await AddAsync(Orders, $"{i}");
        var leases = await LeaseAsync(Orders, 3);
        await Engine.CommitAsync(new Commit().Release(leases[1]));
        await Engine.CommitAsync(new Commit().Release(leases[0], changes: new MessageChanges { LastError = "busy" }));
        var again = await LeaseAsync(Orders, 10);
        (await TextsOfAsync(again.Select(lease => lease.Message))).ShouldBe(["0", "1", "3"]);
        again[0].Message.LastError.ShouldBe("busy");
        again[0].Message.ReceiveCount.ShouldBe(2);
    }

    [Fact]
    public async Task A_message_released_with_a_delay_is_ready_after_it()
    {
        await AddAsync(Orders, "x");
        await Engine.CommitAsync(new Commit().Release(await LeaseOneAsync(Orders), TimeSpan.FromMinutes(10)));
        Engine.Status(Orders)!.Delayed.ShouldBe(1);
        Time.Advance(TimeSpan.FromMinutes(10) - TimeSpan.FromMilliseconds(1));
        (await LeaseAsync(Orders)).ShouldBeEmpty();
        Time.Advance(TimeSpan.FromMilliseconds(1));
        await LeaseOneAsync(Orders);
    }

    [Fact]
    public async Task Acks_and_nacks_may_come_in_any_order()
    {
        for (var i = 0; i < 4; i++)
            await AddAsync(Orders, $"{i}");
        var (a, b, c) = (await LeaseOneAsync(Orders), await LeaseOneAsync(Orders), await LeaseOneAsync(Orders));
        await RemoveAsync(c);
        await Engine.CommitAsync(new Commit().Release(a));
        await RemoveAsync(b);
        (await LeaseTextsAsync(Orders)).ShouldBe(["0", "3"]);
    }

    [Fact]
    public async Task A_thousand_messages_can_be_in_hands_at_once()
    {
        await Engine.CommitAsync(Enumerable.Range(0, 1000).Aggregate(new Commit(), (commit, i) => commit.Add(Text(Orders, $"{i}"))));
        var leases = new List<LeasedMessage>();
        while (leases.Count < 1000)
            leases.AddRange(await LeaseAsync(Orders, 7));
        Engine.Status(Orders)!.Leased.ShouldBe(1000);
        leases.Select(lease => lease.Message.Number).ShouldBeInOrder();
        await Engine.CommitAsync(leases.Aggregate(new Commit(), (commit, lease) => commit.Remove(lease)));
        Engine.Status(Orders)!.Messages.ShouldBe(0);
    }

    [Fact]
    public async Task In_process_messages_still_count()
    {
        Engine.Status(Orders).ShouldBeNull();
        await AddAsync(Orders, "1");
        await AddAsync(Orders, "2");
        var lease = await LeaseOneAsync(Orders);
        Engine.Status(Orders)!.Messages.ShouldBe(2);
        await RemoveAsync(lease);
        Engine.Status(Orders)!.Messages.ShouldBe(1);
    }

    [Fact]
    public async Task Waiting_ends_when_a_message_comes_even_to_a_queue_that_did_not_exist()
    {
        var waiting = Engine.LeaseAsync(Orders, new LeaseRequest { Wait = Timeout.InfiniteTimeSpan }).AsTask();
        waiting.IsCompleted.ShouldBeFalse();
        await AddAsync(Orders, "x");
        (await waiting.WaitAsync(Patience)).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Waiting_ends_empty_when_the_time_is_over_and_not_before()
    {
        var waiting = Engine.LeaseAsync(Orders, new LeaseRequest { Wait = TimeSpan.FromSeconds(20) }).AsTask();
        Time.Advance(TimeSpan.FromSeconds(20) - TimeSpan.FromTicks(1));
        waiting.IsCompleted.ShouldBeFalse();
        Time.Advance(TimeSpan.FromTicks(1));
        (await waiting.WaitAsync(Patience)).ShouldBeEmpty();
        await AddAsync(Orders, "x");
        await LeaseOneAsync(Orders);
    }

    [Fact]
    public async Task A_caller_who_has_gone_is_handed_nothing()
    {
        using var leaving = new CancellationTokenSource();
        var waiting = Engine.LeaseAsync(Orders, new LeaseRequest { Wait = Timeout.InfiniteTimeSpan }, leaving.Token).AsTask();
        await leaving.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => waiting);
        await AddAsync(Orders, "x");
        await LeaseOneAsync(Orders);
    }

    [Fact]
    public async Task Who_waits_longest_is_served_first()
    {
        var first = Engine.LeaseAsync(Orders, new LeaseRequest { Wait = Timeout.InfiniteTimeSpan }).AsTask();
        var second = Engine.LeaseAsync(Orders, new LeaseRequest { Wait = Timeout.InfiniteTimeSpan }).AsTask();
        await AddAsync(Orders, "1");
        (await TextOfAsync((await first.WaitAsync(Patience))[0].Message)).ShouldBe("1");
        second.IsCompleted.ShouldBeFalse();
        await AddAsync(Orders, "2");
        (await TextOfAsync((await second.WaitAsync(Patience))[0].Message)).ShouldBe("2");
    }

    [Theory]
    [InlineData("expiry")]
    [InlineData("release")]
    [InlineData("due")]
    [InlineData("resume")]
    [InlineData("move")]
    [InlineData("let go")]
    public async Task Whatever_makes_a_message_ready_ends_the_waiting(string cause)
    {
        var id = (await AddAsync(Text(cause == "move" ? Invoices : Orders, "x") with { IsHeld = cause == "let go" })).Id;
        LeasedMessage? lease = cause is "expiry" or "release" ? await LeaseOneAsync(Orders) : null;
        if (cause == "resume")
            await SetAsync(Orders, new QueuePolicy { IsPaused = true });
        if (cause == "due")
            await Engine.CommitAsync(new Commit().Change(id, new MessageChanges { DueAt = Time.GetUtcNow() + TimeSpan.FromHours(1) }));
        var waiting = Engine.LeaseAsync(Orders, new LeaseRequest { Wait = Timeout.InfiniteTimeSpan }).AsTask();
        waiting.IsCompleted.ShouldBeFalse();
        switch (cause)
        {
            case "expiry": Time.Advance(Visibility); break;
            case "release": await Engine.CommitAsync(new Commit().Release(lease!)); break;
            case "due": Time.Advance(TimeSpan.FromHours(1)); break;
            case "resume": await SetAsync(Orders, QueuePolicy.Default); break;
            case "move": await Engine.CommitAsync(new Commit().Move(id, Orders)); break;
            case "let go": await Engine.CommitAsync(new Commit().Change(id, new MessageChanges { IsHeld = false })); break;
        }
        (await waiting.WaitAsync(Patience)).ShouldHaveSingleItem().Message.Id.ShouldBe(id);
    }

    [Fact]
    public async Task A_deleted_queue_sends_those_who_wait_away()
    {
        await SetAsync(Orders, QueuePolicy.Default);
        var waiting = Engine.LeaseAsync(Orders, new LeaseRequest { Wait = Timeout.InfiniteTimeSpan }).AsTask();
        await Engine.CommitAsync(new Commit().DeleteQueue(Orders));
        (await waiting.WaitAsync(Patience)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_paused_queue_takes_messages_and_hands_none_out()
    {
        await SetAsync(Orders, new QueuePolicy { IsPaused = true });
        await AddAsync(Orders, "x");
        (await LeaseAsync(Orders)).ShouldBeEmpty();
        Engine.Status(Orders)!.Ready.ShouldBe(1);
        await SetAsync(Orders, QueuePolicy.Default);
        await LeaseOneAsync(Orders);
    }

    [Fact]
    public async Task A_held_message_is_handed_to_nobody_until_it_is_let_go()
    {
        var id = (await AddAsync(Orders, "x")).Id;
        await Engine.CommitAsync(new Commit().Change(id, new MessageChanges { IsHeld = true }));
        Engine.Status(Orders)!.Held.ShouldBe(1);
        (await LeaseAsync(Orders)).ShouldBeEmpty();
        await Engine.CommitAsync(new Commit().Change(id, new MessageChanges { IsHeld = false }));
        await LeaseOneAsync(Orders);
    }

    [Fact]
    public async Task A_leased_message_that_is_held_stays_with_its_holder_and_then_is_held()
    {
        var id = (await AddAsync(Orders, "x")).Id;
        var lease = await LeaseOneAsync(Orders);
        await Engine.CommitAsync(new Commit().Change(id, new MessageChanges { IsHeld = true }));
        Engine.Status(Orders)!.Leased.ShouldBe(1);
        (await Engine.ExtendAsync(lease.Handle, Visibility)).ShouldNotBeNull();
        Time.Advance(Visibility);
        Engine.Status(Orders)!.Held.ShouldBe(1);
    }

    [Fact]
    public async Task A_leased_message_put_off_meanwhile_waits_after_its_lease()
    {
        var id = (await AddAsync(Orders, "x")).Id;
        await LeaseOneAsync(Orders);
        await Engine.CommitAsync(new Commit().Change(id, new MessageChanges { DueAt = Time.GetUtcNow() + TimeSpan.FromHours(1) }));
        Time.Advance(Visibility);
        Engine.Status(Orders)!.Delayed.ShouldBe(1);
        Time.Advance(TimeSpan.FromHours(1) - Visibility);
        await LeaseOneAsync(Orders);
    }

    [Fact]
    public async Task Changing_a_leased_message_keeps_the_lease_and_removing_it_ends_the_lease()
    {
        var id = (await AddAsync(Orders, "x")).Id;
        var lease = await LeaseOneAsync(Orders);
        await Engine.CommitAsync(new Commit().Change(id, new MessageChanges { Priority = Priority.Highest }));
        await Engine.CommitAsync(new Commit().Change(lease, new MessageChanges { LastError = "x" }));
        (await Engine.ExtendAsync(lease.Handle, Visibility)).ShouldNotBeNull();
        var message = (await Engine.FindAsync(id))!;
        (message.State, message.Priority, message.LastError, message.ReceiveCount).ShouldBe((MessageState.Leased, Priority.Highest, "x", 1));
        await RemoveAsync(id);
        (await Should.ThrowAsync<CommitConflictException>(async () => await RemoveAsync(lease))).Conflicts[0].Reason.ShouldBe(ConflictReason.MessageNotFound);
    }

    [Fact]
    public async Task An_administrators_release_takes_the_lease_away()
    {
        var id = (await AddAsync(Orders, "x")).Id;
        var lease = await LeaseOneAsync(Orders);
        await Engine.CommitAsync(new Commit().Release((MessageReference)id));
        (await Engine.ExtendAsync(lease.Handle, Visibility)).ShouldBeNull();
        await LeaseOneAsync(Orders);
    }

    [Fact]
    public async Task Many_consumers_and_producers_at_once_lose_and_double_nothing()
    {
        const int messages = 500;
        var seen = new System.Collections.Concurrent.ConcurrentDictionary<string, int>();
        var left = messages;
        using var done = new CancellationTokenSource();
        var consumers = Enumerable.Range(0, 10).Select(consumer => Task.Run(async () =>
        {
            var random = new Random(consumer);
            while (Volatile.Read(ref left) > 0)
            {
                IReadOnlyList<LeasedMessage> leases;
                try
                {
                    leases = await Engine.LeaseAsync(Orders, new LeaseRequest { MessagesMax = 3, Wait = Timeout.InfiniteTimeSpan }, done.Token);
                }
                catch (OperationCanceledException)
                {
                    return;
                }
                foreach (var lease in leases)
                {
                    if (random.Next(3) == 0)
                    {
                        await Engine.CommitAsync(new Commit().Release(lease));
                        continue;
                    }
                    seen.AddOrUpdate(await TextOfAsync(lease.Message), 1, (_, count) => count + 1);
                    await RemoveAsync(lease);
                    if (Interlocked.Decrement(ref left) == 0)
                        await done.CancelAsync();
                }
            }
        })).ToArray();
        var producers = Enumerable.Range(0, 10).Select(producer => Task.Run(async () =>
        {
            for (var i = 0; i < messages / 10; i++)
                await AddAsync(Orders, $"{producer}-{i}");
        }));
        await Task.WhenAll(producers);
        await Task.WhenAll(consumers).WaitAsync(Patience);
        seen.Count.ShouldBe(messages);
        seen.Values.ShouldAllBe(count => count == 1);
        Engine.Status(Orders)!.Messages.ShouldBe(0);
    }
}

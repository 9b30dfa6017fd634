using Posthorn.Commits;
using Posthorn.Engine;
using Posthorn.Messages;
using Posthorn.Queues;
using Shouldly;
using Xunit;

namespace Posthorn.Contracts;

/// <summary>A watch tells what happens in a queue, to whoever asked for it, in its order.</summary>
public abstract class WatchContract : EngineContract
{
    private const int Enough = 1000;

    [Fact]
    public async Task What_comes_changes_and_goes_is_told_in_its_order()
    {
        using var watch = Engine.Watch(Orders, Enough);
        var id = (await AddAsync(Orders, "a")).Id;
        Next(watch).ShouldBe("1 Added");
        await Engine.CommitAsync(new Commit().Change(id, new MessageChanges { FlagsAdded = ["x"] }));
        Next(watch).ShouldBe("1 Changed");
        await AddAsync(Orders, "b");
        await RemoveAsync(id);
        Next(watch).ShouldBe("2 Added, 1 Removed");
        Next(watch).ShouldBe("");
    }

    [Fact]
    public async Task A_change_names_the_number_under_which_it_can_be_seen()
    {
        using var watch = Engine.Watch(Orders, Enough);
        var id = (await AddAsync(Orders, "a")).Id;
        watch.TryRead(out var added).ShouldBeTrue();
        added.ModSeq.ShouldBe((await Engine.FindAsync(id)).ShouldNotBeNull().ModSeq);
        await LeaseOneAsync(Orders);
        watch.TryRead(out var leased).ShouldBeTrue();
        leased.ShouldBe(new QueueChange(1, QueueChangeKind.Changed, added.ModSeq));
        await RemoveAsync(id);
        watch.TryRead(out var removed).ShouldBeTrue();
        removed.ShouldBe(new QueueChange(1, QueueChangeKind.Removed, Engine.Status(Orders)!.HighestModSeq));
        removed.ModSeq.ShouldBeGreaterThan(added.ModSeq);
    }

    [Fact]
    public async Task Leases_and_their_ends_are_told()
    {
        await AddAsync(Orders, "a");
        using var watch = Engine.Watch(Orders, Enough);
        var lease = await LeaseOneAsync(Orders);
        Next(watch).ShouldBe("1 Changed");
        await Engine.CommitAsync(new Commit().Release(lease));
        Next(watch).ShouldBe("1 Changed");
        await LeaseOneAsync(Orders);
        Next(watch).ShouldBe("1 Changed");
        Time.Advance(QueuePolicy.Default.VisibilityTimeout);
        (await watch.WaitAsync().AsTask().WaitAsync(Patience)).ShouldBeTrue();
        Next(watch).ShouldBe("1 Changed");
    }

    [Fact]
    public async Task What_becomes_due_or_is_held_is_told()
    {
        using var watch = Engine.Watch(Orders, Enough);
        var id = (await AddAsync(Text(Orders, "a") with { DueAt = Time.GetUtcNow() + TimeSpan.FromSeconds(10) })).Id;
        Next(watch).ShouldBe("1 Added");
        Time.Advance(TimeSpan.FromSeconds(10));
        (await watch.WaitAsync().AsTask().WaitAsync(Patience)).ShouldBeTrue();
        Next(watch).ShouldBe("1 Changed");
        await Engine.CommitAsync(new Commit().Change(id, new MessageChanges { IsHeld = true }));
        Next(watch).ShouldBe("1 Changed");
    }

    [Fact]
    public async Task A_move_is_told_where_it_leaves_and_where_it_arrives()
    {
        using var from = Engine.Watch(Orders, Enough);
        using var to = Engine.Watch(Invoices, Enough);
        var id = (await AddAsync(Orders, "a")).Id;
        await Engine.CommitAsync(new Commit().Move(id, Invoices));
        Next(from).ShouldBe("1 Added, 1 Removed");
        Next(to).ShouldBe("1 Added");
        await Engine.CommitAsync(new Commit().Move(id, Invoices));
        Next(to).ShouldBe("1 Removed, 2 Added");
    }

    [Fact]
    public async Task What_is_consumed_is_gone_and_comes_again_when_it_is_replayed()
    {
        await SetAsync(Orders, new QueuePolicy { KeepConsumed = TimeSpan.FromHours(1) });
        using var watch = Engine.Watch(Orders, Enough);
        var id = (await AddAsync(Orders, "a")).Id;
        await RemoveAsync(id);
        Next(watch).ShouldBe("1 Added, 1 Removed");
        await Engine.CommitAsync(new Commit().Replay(id));
        Next(watch).ShouldBe("2 Added");
        await RemoveAsync(id);
        await Engine.CommitAsync(new Commit().Discard(id));
        Next(watch).ShouldBe("2 Removed");
    }

    [Fact]
    public async Task A_queue_that_is_deleted_is_told_of_and_so_is_one_made_later()
    {
        await AddAsync(Orders, "a");
        using var watch = Engine.Watch(Orders, Enough);
        await Engine.CommitAsync(new Commit().DeleteQueue(Orders));
        Next(watch).ShouldBe("0 QueueRemoved");
        await AddAsync(Orders, "b");
        Next(watch).ShouldBe("1 Added");
    }

    [Fact]
    public async Task Other_queues_and_what_was_before_are_not_told_of()
    {
        await AddAsync(Orders, "a");
        using var watch = Engine.Watch(Orders, Enough);
        await AddAsync(Invoices, "b");
        Next(watch).ShouldBe("");
    }

    [Fact]
    public async Task Whoever_waits_is_woken_by_the_next_change()
    {
        using var watch = Engine.Watch(Orders, Enough);
        var wait = watch.WaitAsync().AsTask();
        wait.IsCompleted.ShouldBeFalse();
        await AddAsync(Orders, "a");
        (await wait.WaitAsync(Patience)).ShouldBeTrue();
        (await watch.WaitAsync()).ShouldBeTrue();
        Next(watch).ShouldBe("1 Added");
        using var impatient = new CancellationTokenSource();
        var cancelled = watch.WaitAsync(impatient.Token).AsTask();
        await impatient.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => cancelled);
        wait = watch.WaitAsync().AsTask();
        await AddAsync(Orders, "b");
        (await wait.WaitAsync(Patience)).ShouldBeTrue();
    }

    [Fact]
    public async Task Whoever_reads_too_slowly_is_told_once_that_he_must_list_anew()
    {
        using var watch = Engine.Watch(Orders, 3);
        for (var i = 0; i < 3; i++)
            await AddAsync(Orders, $"{i}");
        Next(watch).ShouldBe("1 Added, 2 Added, 3 Added");
        for (var i = 0; i < 4; i++)
            await AddAsync(Orders, $"{i}");
        Next(watch).ShouldBe("0 Lost, 7 Added");
        await AddAsync(Orders, "x");
        Next(watch).ShouldBe("8 Added");
    }

    [Fact]
    public async Task Several_watch_a_queue_and_one_who_has_gone_is_told_nothing()
    {
        var first = Engine.Watch(Orders, Enough);
        using var second = Engine.Watch(Orders, Enough);
        await AddAsync(Orders, "a");
        (Next(first), Next(second)).ShouldBe(("1 Added", "1 Added"));
        var wait = first.WaitAsync().AsTask();
        first.Dispose();
        (await wait.WaitAsync(Patience)).ShouldBeFalse();
        await AddAsync(Orders, "b");
        (Next(first), Next(second)).ShouldBe(("", "2 Added"));
        (await first.WaitAsync()).ShouldBeFalse();
        first.Dispose();
    }

    [Fact]
    public async Task A_watch_ends_with_its_engine()
    {
        using var watch = Engine.Watch(Orders, Enough);
        var wait = watch.WaitAsync().AsTask();
        await Engine.DisposeAsync();
        (await wait.WaitAsync(Patience)).ShouldBeFalse();
    }

    [Fact]
    public async Task Whoever_watches_and_then_lists_knows_the_queue_however_many_change_it()
    {
        var known = new HashSet<long>();
        using var watch = Engine.Watch(Orders, Enough);
        var busy = Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; i < 25; i++)
            {
                var id = (await AddAsync(Orders, "x")).Id;
                if (i % 2 == 0)
                    await RemoveAsync(id);
            }
        })));
        known.UnionWith((await Engine.ListAsync(Orders, 0, Enough)).Select(m => m.Number));
        await busy;
        while (watch.TryRead(out var change))
        {
            if (change.Kind == QueueChangeKind.Removed)
                known.Remove(change.Number);
            else if (change.Kind == QueueChangeKind.Added)
                known.Add(change.Number);
        }
        known.Order().ShouldBe((await Engine.ListAsync(Orders, 0, Enough)).Select(m => m.Number));
    }

    private static string Next(IQueueWatch watch)
    {
        var all = new List<string>();
        while (watch.TryRead(out var change))
            all.Add($"{change.Number} {change.Kind}");
        return string.Join(", ", all);
    }
}

using Posthorn.Commits;
using Posthorn.Engine;
using Posthorn.Leases;
using Posthorn.Messages;
using Posthorn.Queues;
using Shouldly;
using Xunit;

namespace Posthorn.Contracts;

/// <summary>Back-pressure: a sender may wait for room in a full queue, and consumers may hold only so many messages at once.</summary>
public abstract class RoomContract : EngineContract
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private Task<CommitResult> SendAsync(string text, TimeSpan wait, CancellationToken cancellationToken = default) =>
        Engine.CommitAsync(new Commit { RoomWait = wait }.Add(Text(Orders, text)), cancellationToken).AsTask();

    private async Task<MessageId> FillAsync(QueuePolicy policy)
    {
        await SetAsync(Orders, policy);
        return (await AddAsync(Orders, "first")).Id;
    }

    /// <summary>Sends that wait, each in the line before the next comes: whoever would not wait is refused because of it.</summary>
    private async Task<List<Task<CommitResult>>> LineUpAsync(params string[] texts)
    {
        var waiting = new List<Task<CommitResult>>();
        foreach (var text in texts)
        {
            waiting.Add(SendAsync(text, Timeout.InfiniteTimeSpan));
            await Should.ThrowAsync<QueueFullException>(() => SendAsync("hasty", TimeSpan.Zero));
        }
        return waiting;
    }

    [Fact]
    public async Task A_send_waits_for_room_and_gets_it_when_a_message_goes()
    {
        var first = await FillAsync(new QueuePolicy { MessagesMax = 1 });
        var waiting = SendAsync("second", Minute);
        waiting.IsCompleted.ShouldBeFalse();
        await RemoveAsync(first);
        (await waiting.WaitAsync(Patience)).Added[0].Number.ShouldBe(2);
        (await TextsOfAsync(await BrowseAsync(Orders))).ShouldBe(["second"]);
    }

    [Fact]
    public async Task A_send_that_does_not_want_to_wait_is_refused_at_once()
    {
        await FillAsync(new QueuePolicy { MessagesMax = 1 });
        await Should.ThrowAsync<QueueFullException>(() => SendAsync("x", TimeSpan.Zero));
        await Should.ThrowAsync<ArgumentException>(() => SendAsync("x", TimeSpan.FromSeconds(-5)));
    }

    [Fact]
    public async Task Waiting_ends_refused_when_the_time_is_over_and_not_before()
    {
        await FillAsync(new QueuePolicy { MessagesMax = 1 });
        var waiting = SendAsync("x", Minute);
        Time.Advance(Minute - TimeSpan.FromTicks(1));
        await Task.Yield();
        waiting.IsCompleted.ShouldBeFalse();
        Time.Advance(TimeSpan.FromTicks(1));
        (await Should.ThrowAsync<QueueFullException>(() => waiting.WaitAsync(Patience))).Queue.ShouldBe(Orders);
        Engine.Status(Orders)!.Messages.ShouldBe(1);
    }

    [Fact]
    public async Task Waiting_can_be_cancelled_and_leaves_no_mark()
    {
        var first = await FillAsync(new QueuePolicy { MessagesMax = 1 });
        using var cancel = new CancellationTokenSource();
        var gone = SendAsync("gone", Timeout.InfiniteTimeSpan, cancel.Token);
        var next = (await LineUpAsync("next"))[0];
        await cancel.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => gone.WaitAsync(Patience));
        await RemoveAsync(first);
        await next.WaitAsync(Patience);
        (await TextsOfAsync(await BrowseAsync(Orders))).ShouldBe(["next"]);
    }

    [Fact]
    public async Task Those_who_wait_get_in_by_the_order_in_which_they_came()
    {
        var first = await FillAsync(new QueuePolicy { MessagesMax = 1 });
        var waiting = await LineUpAsync("1", "2", "3", "4");
        await RemoveAsync(first);
        for (var i = 0; i < waiting.Count; i++)
        {
            var added = (await waiting[i].WaitAsync(Patience)).Added[0];
            (await TextsOfAsync(await BrowseAsync(Orders))).ShouldBe([$"{i + 1}"]);
            if (i + 1 < waiting.Count)
                await Should.ThrowAsync<QueueFullException>(() => SendAsync("hasty", TimeSpan.Zero));
            await RemoveAsync(added.Id);
        }
    }

    [Fact]
    public async Task A_large_message_that_waits_is_not_overtaken_by_small_ones()
    {
        await SetAsync(Orders, new QueuePolicy { BytesMax = 10 });
        var first = await AddAsync(Orders, "12345678");
        var large = (await LineUpLargeAsync())[0];
        await Should.ThrowAsync<QueueFullException>(() => SendAsync("1", TimeSpan.Zero)); // there is room for it, but it is not its turn
        await RemoveAsync(first.Id);
        await large.WaitAsync(Patience);
        await SendAsync("1", TimeSpan.Zero);

        async Task<List<Task<CommitResult>>> LineUpLargeAsync()
        {
            var waiting = SendAsync("123456789", Timeout.InfiniteTimeSpan);
            await UntilAsync(() => SendAsync("1", TimeSpan.Zero) is { IsFaulted: true } or { IsCompleted: false });
            return [waiting];
        }
    }

    [Fact]
    public async Task Consuming_and_producing_in_the_same_full_queue_needs_no_turn()
    {
        await FillAsync(new QueuePolicy { MessagesMax = 1 });
        var waiting = (await LineUpAsync("later"))[0];
        var lease = await LeaseOneAsync(Orders);
        var result = await Engine.CommitAsync(new Commit().Remove(lease).Add(Text(Orders, "instead")));
        waiting.IsCompleted.ShouldBeFalse();
        await RemoveAsync(result.Added[0].Id);
        await waiting.WaitAsync(Patience);
    }

    [Fact]
    public async Task A_larger_limit_a_deleted_queue_and_a_move_away_make_room_too()
    {
        var first = await FillAsync(new QueuePolicy { MessagesMax = 1 });
        var waiting = await LineUpAsync("1", "2", "3");
        await SetAsync(Orders, new QueuePolicy { MessagesMax = 2 });
        await waiting[0].WaitAsync(Patience);
        await Engine.CommitAsync(new Commit().Move(first, Invoices));
        await waiting[1].WaitAsync(Patience);
        await Engine.CommitAsync(new Commit().DeleteQueue(Orders));
        await waiting[2].WaitAsync(Patience);
        (await TextsOfAsync(await BrowseAsync(Orders))).ShouldBe(["3"]);
    }

    [Fact]
    public async Task What_could_never_fit_is_refused_without_waiting()
    {
        await SetAsync(Orders, new QueuePolicy { MessageBytesMax = 5, MessagesMax = 2 });
        (await Should.ThrowAsync<QueueFullException>(() => SendAsync("123456", Timeout.InfiniteTimeSpan).WaitAsync(Patience))).IsMessageTooLarge.ShouldBeTrue();
        var commit = new Commit { RoomWait = Timeout.InfiniteTimeSpan }.Add(Text(Orders, "1")).Add(Text(Orders, "2")).Add(Text(Orders, "3"));
        await Should.ThrowAsync<QueueFullException>(() => Engine.CommitAsync(commit).AsTask().WaitAsync(Patience));
        Engine.Status(Orders)!.Messages.ShouldBe(0);
    }

    [Fact]
    public async Task A_closed_engine_lets_nobody_wait()
    {
        await FillAsync(new QueuePolicy { MessagesMax = 1 });
        var waiting = await LineUpAsync("1", "2");
        await Engine.DisposeAsync();
        foreach (var task in waiting)
            await Should.ThrowAsync<ObjectDisposedException>(() => task.WaitAsync(Patience));
        await ReopenAsync();
    }

    [Fact]
    public async Task Many_producers_with_few_places_lose_and_double_nothing()
    {
        await SetAsync(Orders, new QueuePolicy { MessagesMax = 5 });
        var sends = Enumerable.Range(0, 8).Select(producer => Task.Run(async () =>
        {
            for (var i = 0; i < 25; i++)
                await SendAsync($"{producer}/{i}", Timeout.InfiniteTimeSpan);
        })).ToList();
        var received = new List<string>();
        while (received.Count < 200)
        {
            foreach (var lease in await Engine.LeaseAsync(Orders, new LeaseRequest { MessagesMax = 3, Wait = Timeout.InfiniteTimeSpan }))
            {
                Engine.Status(Orders)!.Messages.ShouldBeLessThanOrEqualTo(5);
                received.Add(await TextOfAsync(lease.Message));
                await RemoveAsync(lease);
            }
        }
        await Task.WhenAll(sends).WaitAsync(Patience);
        received.Distinct().Count().ShouldBe(200);
        Engine.Status(Orders)!.Messages.ShouldBe(0);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Consumers_hold_no_more_than_the_queue_allows(bool isFifo)
    {
        await SetAsync(Orders, new QueuePolicy { LeasesMax = 3, IsFifo = isFifo });
        for (var i = 0; i < 6; i++)
            await AddAsync(Text(Orders, $"{i}") with { Group = $"g{i}" });
        var leases = await LeaseAsync(Orders, 10);
        leases.Count.ShouldBe(3);
        Engine.Status(Orders)!.IsAtLeasesMax.ShouldBeTrue();
        (await LeaseAsync(Orders, 10)).ShouldBeEmpty();
        await RemoveAsync(leases[0]);
        Engine.Status(Orders)!.IsAtLeasesMax.ShouldBeFalse();
        (await LeaseTextsAsync(Orders)).ShouldBe(["3"]);
        await SetAsync(Orders, new QueuePolicy { LeasesMax = 4, IsFifo = isFifo });
        (await LeaseTextsAsync(Orders)).ShouldBe(["4"]);
    }

    [Fact]
    public async Task Whoever_waits_at_the_limit_of_leases_is_served_when_one_ends()
    {
        await SetAsync(Orders, new QueuePolicy { LeasesMax = 1 });
        await AddAsync(Orders, "1");
        await AddAsync(Orders, "2");
        await AddAsync(Orders, "3");
        var first = await LeaseOneAsync(Orders);
        var waiting = Engine.LeaseAsync(Orders, new LeaseRequest { Wait = Timeout.InfiniteTimeSpan }).AsTask();
        waiting.IsCompleted.ShouldBeFalse();
        await RemoveAsync(first);
        var second = (await waiting.WaitAsync(Patience))[0];
        (await TextOfAsync(second.Message)).ShouldBe("2");
        waiting = Engine.LeaseAsync(Orders, new LeaseRequest { Wait = Timeout.InfiniteTimeSpan }).AsTask();
        Time.Advance(TimeSpan.FromSeconds(30));
        (await TextOfAsync((await waiting.WaitAsync(Patience))[0].Message)).ShouldBe("2");
    }

    [Fact]
    public async Task A_group_that_got_nothing_at_the_limit_is_announced_when_a_lease_ends()
    {
        await SetAsync(Orders, new QueuePolicy { LeasesMax = 1 });
        await AddAsync(Text(Orders, "a1") with { Group = "a" });
        await AddAsync(Text(Orders, "b1") with { Group = "b" });
        var ready = Engine.ReadyGroups(Orders);
        var a1 = (await LeaseAsync(Orders, 5, "a"))[0];
        (await LeaseAsync(Orders, 5, "b")).ShouldBeEmpty();
        while (ready.TryRead(out _))
        {
        }
        await RemoveAsync(a1);
        ready.TryRead(out var group).ShouldBeTrue();
        group.ShouldBe("b");
    }
}

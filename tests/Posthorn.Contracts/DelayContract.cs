using Posthorn.Commits;
using Posthorn.Messages;
using Posthorn.Queues;
using Shouldly;
using Xunit;

namespace Posthorn.Contracts;

/// <summary>A message is not received before its due time.</summary>
public abstract class DelayContract : EngineContract
{
    private NewMessage Delayed(string text, TimeSpan delay) => Text(Orders, text) with { DueAt = Time.GetUtcNow() + delay };

    [Theory]
    [InlineData(1)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(3_000)]
    [InlineData(4_096)]
    [InlineData(86_400_000)]
    [InlineData(315_360_000_000)]
    public async Task A_delay_lasts_as_long_as_asked_and_not_a_tick_less(long milliseconds)
    {
        await AddAsync(Delayed("x", TimeSpan.FromMilliseconds(milliseconds)));
        Time.Advance(TimeSpan.FromMilliseconds(milliseconds) - TimeSpan.FromTicks(1));
        (await LeaseAsync(Orders)).ShouldBeEmpty();
        Time.Advance(TimeSpan.FromTicks(1));
        await LeaseOneAsync(Orders);
    }

    [Fact]
    public async Task What_is_due_now_is_ready_at_once_in_the_middle_of_a_millisecond_too()
    {
        Time.Advance(TimeSpan.FromTicks(4_321));
        var added = await AddAsync(Orders, "without a due time");
        await AddAsync(Delayed("due now", TimeSpan.Zero));
        Engine.Status(Orders)!.Ready.ShouldBe(2);

        await Engine.CommitAsync(new Commit().Change(added.Id, new MessageChanges { IsHeld = true }));
        await Engine.CommitAsync(new Commit().Change(added.Id, new MessageChanges { IsHeld = false, DueAt = Time.GetUtcNow() - TimeSpan.FromHours(1) }));
        Engine.Status(Orders)!.Ready.ShouldBe(2);

        await Engine.CommitAsync(new Commit().Release(await LeaseOneAsync(Orders), TimeSpan.Zero));
        Engine.Status(Orders)!.Ready.ShouldBe(2);
    }

    [Fact]
    public async Task A_delay_that_is_no_whole_millisecond_is_not_cut_short()
    {
        await AddAsync(Delayed("x", TimeSpan.FromTicks(15_001)));
        Time.Advance(TimeSpan.FromTicks(15_000));
        (await LeaseAsync(Orders)).ShouldBeEmpty();
        Time.Advance(TimeSpan.FromMilliseconds(1));
        await LeaseOneAsync(Orders);
    }

    [Fact]
    public async Task Messages_become_due_in_their_own_time_whatever_the_order_they_came_in()
    {
        var random = new Random(7);
        var delays = Enumerable.Range(0, 300).Select(_ => random.Next(1, 1_000_000)).ToArray();
        await Engine.CommitAsync(delays.Aggregate(new Commit(), (commit, delay) => commit.Add(Delayed($"{delay}", TimeSpan.FromMilliseconds(delay)))));
        var now = 0;
        foreach (var delay in delays.Order())
        {
            Time.Advance(TimeSpan.FromMilliseconds(delay - now));
            now = delay;
            Engine.Status(Orders)!.Ready.ShouldBe(delays.Count(other => other <= now));
        }
    }

    [Theory]
    [InlineData(-30)]
    [InlineData(-3_000_000_000)]
    public async Task A_due_time_that_has_passed_is_now(long seconds)
    {
        await AddAsync(Delayed("x", TimeSpan.FromSeconds(seconds)));
        (await LeaseOneAsync(Orders)).Message.DueAt.ShouldBe(Time.GetUtcNow());
    }

    [Fact]
    public async Task Delays_of_centuries_do_not_overflow()
    {
        await AddAsync(Delayed("century", TimeSpan.FromDays(291 * 365)));
        await AddAsync(Text(Orders, "end of time") with { DueAt = DateTimeOffset.MaxValue });
        await AddAsync(Orders, "now");
        await Engine.CommitAsync(new Commit().Release((await LeaseAsync(Orders))[0], TimeSpan.MaxValue));
        (await LeaseAsync(Orders)).ShouldBeEmpty();
        Engine.Status(Orders)!.Delayed.ShouldBe(3);
        (await BrowseAsync(Orders))[1].DueAt.ShouldBe(DateTimeOffset.MaxValue);
        Time.Advance(TimeSpan.FromDays(291 * 365));
        (await LeaseTextsAsync(Orders)).ShouldBe(["century"]);
    }

    [Fact]
    public async Task The_queues_delay_holds_for_those_without_their_own()
    {
        await SetAsync(Orders, new QueuePolicy { Delay = TimeSpan.FromMinutes(1) });
        await AddAsync(Orders, "later");
        await AddAsync(Delayed("now", TimeSpan.Zero));
        (await LeaseTextsAsync(Orders)).ShouldBe(["now"]);
        Time.Advance(TimeSpan.FromMinutes(1));
        (await LeaseTextsAsync(Orders)).Order().ShouldBe(["later", "now"]);
    }

    [Fact]
    public async Task A_new_delay_of_the_queue_is_not_for_what_waits_already()
    {
        await SetAsync(Orders, new QueuePolicy { Delay = TimeSpan.FromMinutes(1) });
        await AddAsync(Orders, "early");
        await SetAsync(Orders, new QueuePolicy { Delay = TimeSpan.FromMinutes(5) });
        await AddAsync(Orders, "late");
        Time.Advance(TimeSpan.FromMinutes(1));
        (await LeaseTextsAsync(Orders)).ShouldBe(["early"]);
    }

    [Fact]
    public async Task Whoever_waits_long_enough_gets_a_message_that_becomes_due_meanwhile()
    {
        await AddAsync(Delayed("x", TimeSpan.FromSeconds(3)));
        var waiting = Engine.LeaseAsync(Orders, new Leases.LeaseRequest { Wait = TimeSpan.FromSeconds(5) }).AsTask();
        Time.Advance(TimeSpan.FromSeconds(3) - TimeSpan.FromTicks(1));
        waiting.IsCompleted.ShouldBeFalse();
        Time.Advance(TimeSpan.FromTicks(1));
        (await TextOfAsync((await waiting.WaitAsync(Patience)).ShouldHaveSingleItem().Message)).ShouldBe("x");
    }

    [Fact]
    public async Task A_shorter_retention_holds_for_what_waits_already()
    {
        await AddAsync(Orders, "old");
        Time.Advance(TimeSpan.FromMinutes(10));
        await AddAsync(Orders, "young");
        await SetAsync(Orders, new QueuePolicy { Retention = TimeSpan.FromMinutes(5) });
        await UntilAsync(() => Engine.Status(Orders)!.Messages == 1, TimeSpan.FromMilliseconds(10));
        (await TextsOfAsync(await BrowseAsync(Orders))).ShouldBe(["young"]);
    }

    [Fact]
    public async Task A_message_that_becomes_due_takes_the_place_of_its_age()
    {
        await AddAsync(Delayed("old", TimeSpan.FromSeconds(1)));
        await AddAsync(Orders, "young");
        Time.Advance(TimeSpan.FromSeconds(1));
        (await LeaseTextsAsync(Orders)).ShouldBe(["old", "young"]);
    }

    [Fact]
    public async Task Delayed_messages_can_be_browsed_and_removed()
    {
        var first = await AddAsync(Delayed("1", TimeSpan.FromHours(1)));
        await AddAsync(Orders, "2");
        var third = await AddAsync(Delayed("3", TimeSpan.FromHours(2)));
        (await TextsOfAsync(await BrowseAsync(Orders))).ShouldBe(["1", "2", "3"]);
        (await BrowseAsync(Orders, new MessageFilter { States = [MessageState.Delayed] })).Count.ShouldBe(2);
        await Engine.CommitAsync(new Commit().Remove(first.Id).Remove(third.Id));
        (await TextsOfAsync(await BrowseAsync(Orders))).ShouldBe(["2"]);
        Time.Advance(TimeSpan.FromHours(3));
        (await LeaseTextsAsync(Orders)).ShouldBe(["2"]);
    }

    [Fact]
    public async Task Flushing_makes_everything_due_and_keeps_the_order_of_browsing()
    {
        var ids = new List<MessageId>
        {
            (await AddAsync(Orders, "0")).Id,
            (await AddAsync(Delayed("1", TimeSpan.FromHours(9)))).Id,
            (await AddAsync(Delayed("2", TimeSpan.FromHours(1)))).Id,
            (await AddAsync(Delayed("3", TimeSpan.FromHours(5)))).Id,
        };
        var before = await TextsOfAsync(await BrowseAsync(Orders));
        foreach (var id in Enumerable.Reverse(ids))
            await Engine.CommitAsync(new Commit().Change(id, new MessageChanges { DueAt = Time.GetUtcNow() }));
        (await TextsOfAsync(await BrowseAsync(Orders))).ShouldBe(before);
        (await LeaseTextsAsync(Orders)).ShouldBe(before);
    }

    [Fact]
    public async Task A_wall_clock_set_back_makes_delays_wait_on()
    {
        Time.Advance(TimeSpan.FromDays(1));
        await LeaseAsync(Orders);
        Time.SetWall(Time.GetUtcNow() - TimeSpan.FromHours(6));
        await AddAsync(Delayed("x", TimeSpan.FromMinutes(10)));
        (await LeaseAsync(Orders)).ShouldBeEmpty();
        Time.Advance(TimeSpan.FromMinutes(10) - TimeSpan.FromMilliseconds(1));
        (await LeaseAsync(Orders)).ShouldBeEmpty();
        Time.Advance(TimeSpan.FromMilliseconds(1));
        await LeaseOneAsync(Orders);
    }

    [Fact]
    public async Task What_is_too_old_is_removed_within_a_minute_but_for_what_is_held()
    {
        await SetAsync(Orders, new QueuePolicy { Retention = TimeSpan.FromHours(1) });
        await AddAsync(Text(Orders, "held") with { IsHeld = true });
        await AddAsync(Delayed("delayed", TimeSpan.FromDays(1)));
        Time.Advance(TimeSpan.FromMinutes(30));
        await AddAsync(Orders, "young");
        await AddAsync(Text(Orders, "moved in old") with { Origin = new MessageId(1), AcceptedAt = Time.GetUtcNow() - TimeSpan.FromMinutes(45) });
        Time.Advance(TimeSpan.FromMinutes(16));
        await UntilAsync(() => Engine.Status(Orders)!.Messages == 3, TimeSpan.FromMilliseconds(10));
        Time.Advance(TimeSpan.FromMinutes(15));
        await UntilAsync(() => Engine.Status(Orders)!.Messages == 2, TimeSpan.FromMilliseconds(10));
        (await TextsOfAsync(await BrowseAsync(Orders))).ShouldBe(["held", "young"]);
        Time.Advance(TimeSpan.FromMinutes(31));
        await UntilAsync(() => Engine.Status(Orders)!.Messages == 1, TimeSpan.FromMilliseconds(10));
    }
}

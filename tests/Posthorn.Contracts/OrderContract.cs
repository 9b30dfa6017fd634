using Posthorn.Commits;
using Posthorn.Messages;
using Shouldly;
using Xunit;

namespace Posthorn.Contracts;

/// <summary>Priorities and delays: who comes first, and when.</summary>
public abstract class OrderContract : EngineContract
{
    [Fact]
    public async Task Higher_priorities_come_first_and_equal_ones_in_order()
    {
        foreach (var priority in new[] { 1, 9, 5, 0, 5, 9 })
            await SendAsync($"{priority}", priority);
        await SendAsync("5 again");
        (await DrainAsync()).ShouldBe(["9", "9", "5", "5", "5 again", "1", "0"]);
    }

    [Fact]
    public async Task Priorities_out_of_range_are_clamped()
    {
        await SendAsync("a", -7);
        await SendAsync("b", 0);
        await SendAsync("c", 12);
        await SendAsync("d", 9);
        (await DrainAsync()).ShouldBe(["c", "d", "a", "b"]);
    }

    [Fact]
    public void A_priority_that_is_no_number_is_normal() => (Priority.Of("high"), Priority.Of((string?)null), Priority.Of("12")).ShouldBe((Priority.Normal, Priority.Normal, Priority.Highest));

    [Fact]
    public async Task A_changed_priority_counts_at_once()
    {
        var a = await SendAsync("a");
        await SendAsync("b");
        await SendAsync("c");
        await Engine.CommitAsync(new Commit().Change(a, new MessageChanges { Priority = Priority.Lowest }));
        (await DrainAsync()).ShouldBe(["b", "c", "a"]);
    }

    [Fact]
    public async Task A_delayed_message_waits_at_least_as_long_as_asked()
    {
        await SendAsync("x", delay: TimeSpan.FromSeconds(3));
        (Status().Delayed, Status().Ready).ShouldBe((1, 0));
        Clock.Advance(TimeSpan.FromSeconds(3) - TimeSpan.FromMilliseconds(1));
        (await TakeAsync()).ShouldBeEmpty();
        Clock.Advance(TimeSpan.FromMilliseconds(20));
        (await TakeAsync()).Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_time_that_has_passed_is_now()
    {
        await SendAsync("x", delay: TimeSpan.FromSeconds(-30));
        (await TakeAsync()).Count.ShouldBe(1);
    }

    [Theory]
    [InlineData(3650)]
    [InlineData(291 * 365)]
    public async Task Very_long_delays_are_kept(int days)
    {
        var id = await SendAsync("x", delay: TimeSpan.FromDays(days));
        (await TakeAsync()).ShouldBeEmpty();
        Clock.Advance(TimeSpan.FromDays(1));
        (await TakeAsync()).ShouldBeEmpty();
        (await FindAsync(id)).State.ShouldBe(MessageState.Delayed);
    }

    [Fact]
    public async Task Years_later_it_is_due()
    {
        await SendAsync("x", delay: TimeSpan.FromDays(3650));
        Clock.Advance(TimeSpan.FromDays(3650) - TimeSpan.FromSeconds(1));
        (await TakeAsync()).ShouldBeEmpty();
        Clock.Advance(TimeSpan.FromSeconds(2));
        (await TakeAsync()).Count.ShouldBe(1);
    }

    [Fact]
    public async Task Messages_of_many_delays_come_when_each_is_due()
    {
        var delays = Enumerable.Range(0, 200).Select(i => i * 7919 % 5000).ToArray();
        foreach (var delay in delays)
            await SendAsync($"{delay}", delay: TimeSpan.FromSeconds(delay));
        for (var second = 0; second < 5000; second += 250)
        {
            foreach (var text in await DrainAsync())
                int.Parse(text).ShouldBeInRange(second - 250, second);
            Clock.Advance(TimeSpan.FromSeconds(250));
        }
        await DrainAsync();
        Status().Messages.ShouldBe(0);
    }

    [Fact]
    public async Task A_delayed_high_priority_comes_after_what_is_ready_and_before_it_once_due()
    {
        await SendAsync("high", 9, TimeSpan.FromSeconds(5));
        await SendAsync("low 1", 1);
        await SendAsync("low 2", 1);
        (await TextAsync((await TakeOneAsync()).Message)).ShouldBe("low 1");
        Clock.Advance(TimeSpan.FromSeconds(6));
        (await DrainAsync()).ShouldBe(["high", "low 2"]);
    }

    [Fact]
    public async Task The_queues_delay_holds_for_who_names_none()
    {
        await Engine.CommitAsync(new Commit().SetQueue(Q, new Queues.QueuePolicy { Delay = TimeSpan.FromSeconds(10) }));
        await SendAsync("x");
        (await TakeAsync()).ShouldBeEmpty();
        Clock.Advance(TimeSpan.FromSeconds(11));
        (await TakeAsync()).Count.ShouldBe(1);
    }

    [Fact]
    public async Task Making_everything_due_keeps_the_order_it_came_in()
    {
        await SendAsync("0");
        var later = new List<MessageId>();
        foreach (var (text, minutes) in new[] { ("1", 30), ("2", 10), ("3", 20) })
            later.Add(await SendAsync(text, delay: TimeSpan.FromMinutes(minutes)));
        var flush = new Commit();
        foreach (var id in later)
            flush.Change(id, new MessageChanges { DueAt = Clock.GetUtcNow() });
        await Engine.CommitAsync(flush);
        (await BrowseTextsAsync()).ShouldBe(["0", "1", "2", "3"]);
        (await DrainAsync()).ShouldBe(["0", "1", "2", "3"]);
    }
}

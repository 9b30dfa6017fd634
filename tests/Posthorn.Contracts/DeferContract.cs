using Posthorn.Commits;
using Posthorn.Leases;
using Posthorn.Messages;
using Posthorn.Queues;
using Shouldly;
using Xunit;

namespace Posthorn.Contracts;

/// <summary>A consumer whose target for a group does not answer puts the group aside; the others go on.</summary>
public abstract class DeferContract : EngineContract
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private static readonly QueuePolicy Patient = new() { VisibilityTimeout = TimeSpan.FromHours(1) };

    private async Task AddAllAsync(params string[] texts)
    {
        foreach (var text in texts)
            await AddAsync(Text(Orders, text) with { Group = text[..1] });
    }

    [Fact]
    public async Task A_deferred_group_waits_until_its_time_and_others_go_on()
    {
        await SetAsync(Orders, Patient);
        await AddAllAsync("a1", "b1", "a2", "c1");
        Engine.Defer(Orders, "a", Minute);
        (await LeaseTextsAsync(Orders)).ShouldBe(["b1", "c1"]);
        await AddAllAsync("a3", "b2");
        (await LeaseTextsAsync(Orders)).ShouldBe(["b2"]);
        Time.Advance(Minute - TimeSpan.FromMilliseconds(1));
        (await LeaseTextsAsync(Orders)).ShouldBeEmpty();
        Time.Advance(TimeSpan.FromMilliseconds(1));
        (await LeaseTextsAsync(Orders)).ShouldBe(["a1", "a2", "a3"]);
    }

    [Fact]
    public async Task A_queue_with_a_deferred_group_alone_hands_out_nothing()
    {
        await AddAllAsync("a1");
        Engine.Defer(Orders, "a", Minute);
        (await LeaseTextsAsync(Orders)).ShouldBeEmpty();
        Engine.Status(Orders)!.Ready.ShouldBe(1);
        Engine.Defer(Orders, "a", TimeSpan.Zero);
        (await LeaseTextsAsync(Orders)).ShouldBe(["a1"]);
    }

    [Fact]
    public async Task A_request_that_names_the_group_gets_it()
    {
        await AddAllAsync("a1", "a2");
        Engine.Defer(Orders, "a", Minute);
        var probe = (await LeaseAsync(Orders, 1, "a")).ShouldHaveSingleItem();
        (await TextOfAsync(probe.Message)).ShouldBe("a1");
        probe.DelayedStay.ShouldNotBeNull().IsDeferred.ShouldBeTrue();
        (await LeaseTextsAsync(Orders)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_waiting_consumer_is_served_when_the_time_is_over_and_when_it_is_ended_before()
    {
        await SetAsync(Orders, Patient);
        await AddAllAsync("a1", "b1");
        Engine.Defer(Orders, "a", Minute);
        Engine.Defer(Orders, "b", 2 * Minute);
        var waiting = Engine.LeaseAsync(Orders, new LeaseRequest { Wait = Timeout.InfiniteTimeSpan }).AsTask();
        waiting.IsCompleted.ShouldBeFalse();
        Time.Advance(Minute);
        (await TextOfAsync((await waiting.WaitAsync(Patience))[0].Message)).ShouldBe("a1");
        waiting = Engine.LeaseAsync(Orders, new LeaseRequest { Wait = Timeout.InfiniteTimeSpan }).AsTask();
        waiting.IsCompleted.ShouldBeFalse();
        Engine.Defer(Orders, "b", TimeSpan.Zero);
        (await TextOfAsync((await waiting.WaitAsync(Patience))[0].Message)).ShouldBe("b1");
    }

    [Fact]
    public async Task The_last_word_counts_be_it_longer_or_shorter()
    {
        await SetAsync(Orders, Patient);
        await AddAllAsync("a1", "b1");
        Engine.Defer(Orders, "a", Minute);
        Engine.Defer(Orders, "a", 3 * Minute);
        Engine.Defer(Orders, "b", 3 * Minute);
        Engine.Defer(Orders, "b", Minute);
        Time.Advance(Minute);
        (await LeaseTextsAsync(Orders)).ShouldBe(["b1"]);
        Time.Advance((2 * Minute) - TimeSpan.FromMilliseconds(1));
        (await LeaseTextsAsync(Orders)).ShouldBeEmpty();
        Time.Advance(TimeSpan.FromMilliseconds(1));
        (await LeaseTextsAsync(Orders)).ShouldBe(["a1"]);
    }

    [Fact]
    public async Task A_group_can_be_deferred_before_it_has_messages_and_stays_so_when_it_has_none_for_a_while()
    {
        await SetAsync(Orders, Patient);
        await AddAllAsync("b1");
        Engine.Defer(Orders, "a", Minute);
        await AddAllAsync("a1", "b2");
        (await LeaseTextsAsync(Orders)).ShouldBe(["b1", "b2"]);
        await RemoveAsync((await LeaseAsync(Orders, 1, "a"))[0]);
        await AddAllAsync("a2");
        (await LeaseTextsAsync(Orders)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Messages_without_a_group_can_be_deferred_too()
    {
        await AddAsync(Orders, "1");
        await AddAllAsync("a1");
        Engine.Defer(Orders, "", Minute);
        (await LeaseTextsAsync(Orders)).ShouldBe(["a1"]);
        (await LeaseTextsAsync(Orders, 10, "")).ShouldBe(["1"]);
    }

    [Fact]
    public async Task The_groups_of_a_fifo_queue_can_be_deferred()
    {
        await SetAsync(Orders, Patient with { IsFifo = true });
        await AddAllAsync("a1", "a2", "b1");
        Engine.Defer(Orders, "a", Minute);
        (await LeaseTextsAsync(Orders)).ShouldBe(["b1"]);
        await AddAllAsync("a3");
        (await LeaseTextsAsync(Orders)).ShouldBeEmpty();
        Time.Advance(Minute);
        (await LeaseTextsAsync(Orders)).ShouldBe(["a1", "a2", "a3"]);
    }

    [Fact]
    public async Task What_is_deferred_is_shown()
    {
        await AddAllAsync("a1", "b1");
        var since = Time.GetUtcNow();
        Engine.Defer(Orders, "a", Minute);
        Time.Advance(TimeSpan.FromSeconds(5));
        Engine.Status(Orders)!.Lanes.ShouldBe(LaneFigures.None with { Delayed = 1, OldestDelayedAt = since, DeferredGroups = 1 });
        Engine.Groups(Orders).Single(g => g.Group == "a").DelayedSince.ShouldBe(since);
        Engine.Groups(Orders).Single(g => g.Group == "b").DelayedSince.ShouldBeNull();
        Time.Advance(Minute);
        Engine.Status(Orders)!.Lanes.Delayed.ShouldBe(0);
    }

    [Fact]
    public async Task A_restart_ends_it()
    {
        await AddAllAsync("a1");
        Engine.Defer(Orders, "a", Minute);
        await ReopenAsync();
        (await LeaseTextsAsync(Orders)).ShouldBe(["a1"]);
    }

    [Fact]
    public async Task A_queue_that_does_not_exist_has_nothing_to_defer()
    {
        Engine.Defer(Orders, "a", Minute);
        await AddAllAsync("a1");
        (await LeaseTextsAsync(Orders)).ShouldBe(["a1"]);
    }

    [Fact]
    public async Task A_fair_queue_serves_a_deferred_noisy_tenant_again_when_its_time_is_over()
    {
        await SetAsync(Orders, Patient with { Fairness = QueueFairness.ByGroup });
        var flood = new Commit();
        for (var i = 1; i <= 50; i++)
            flood.Add(Text(Orders, $"a{i}") with { Group = "a" });
        await Engine.CommitAsync(flood);
        await LeaseAsync(Orders, 40);
        await AddAllAsync("b1");
        (await LeaseTextsAsync(Orders, 2)).ShouldBe(["b1", "a41"]);
        Engine.Defer(Orders, "a", Minute);
        (await LeaseTextsAsync(Orders)).ShouldBeEmpty();
        Engine.Status(Orders)!.Lanes.Delayed.ShouldBe(9);
        Time.Advance(Minute);
        (await LeaseTextsAsync(Orders, 1, "a")).ShouldBe(["a42"]);
        (await LeaseTextsAsync(Orders, 20)).ShouldContain("a50");
    }
}

using Posthorn.Commits;
using Posthorn.Leases;
using Posthorn.Messages;
using Posthorn.Queues;
using Shouldly;
using Xunit;

namespace Posthorn.Contracts;

/// <summary>In a fair queue no tenant keeps the others waiting, and what they leave is all its own.</summary>
public abstract class FairContract : EngineContract
{
    private static readonly QueuePolicy ByGroup = new() { Fairness = QueueFairness.ByGroup };
    private static readonly QueuePolicy ByAccount = new() { Fairness = QueueFairness.ByAttribute("account") };

    private static NewMessage Of(string text, int priority = 0) => Text(Orders, text) with { Group = text[..1], Priority = Priority.Of(priority) };

    /// <summary>Sends messages a1, a2, … of tenant a in one commit.</summary>
    private Task FloodAsync(string tenant, int count) => AddAllAsync([.. Enumerable.Range(1, count).Select(i => $"{tenant}{i}")]);

    private async Task AddAllAsync(params string[] texts)
    {
        var commit = new Commit();
        foreach (var text in texts)
            commit.Add(Of(text));
        await Engine.CommitAsync(commit);
    }

    /// <summary>Takes messages one by one and holds them.</summary>
    private async Task<List<string>> TakeAsync(int count)
    {
        var texts = new List<string>();
        for (var i = 0; i < count; i++)
            texts.AddRange(await LeaseTextsAsync(Orders, 1));
        return texts;
    }

    private static IEnumerable<string> In(string tenant, int from, int count) => Enumerable.Range(from, count).Select(i => $"{tenant}{i}");

    [Fact]
    public async Task A_quiet_tenant_passes_a_flood()
    {
        await SetAsync(Orders, ByGroup);
        await FloodAsync("a", 100);
        await AddAllAsync("b1");
        var taken = await TakeAsync(100);
        taken.IndexOf("b1").ShouldBeInRange(0, 11); // the flood's credit
        await AddAllAsync("b2", "c1");
        (await TakeAsync(3)).ShouldBe(["b2", "c1", "a100"]);
        taken.Where(t => t[0] == 'a').ShouldBe(In("a", 1, 99));
    }

    [Fact]
    public async Task A_tenant_alone_gets_all_there_is_and_is_not_noisy()
    {
        await SetAsync(Orders, ByGroup);
        await FloodAsync("a", 80);
        var leases = await LeaseAsync(Orders, 60);
        (await TextsOfAsync(leases.Select(l => l.Message))).ShouldBe(In("a", 1, 60));
        leases.ShouldAllBe(l => l.DelayedStay == null);
        Engine.Status(Orders)!.Lanes.ShouldBe(LaneFigures.None with { PriorityReceives = 60 });
    }

    [Fact]
    public async Task While_nobody_takes_too_much_priority_and_age_decide()
    {
        await SetAsync(Orders, ByGroup);
        await AddAllAsync("a1", "b1", "a2", "c1", "b2", "a3");
        await AddAsync(Of("c2", 5));
        (await TakeAsync(7)).ShouldBe(["c2", "a1", "b1", "a2", "c1", "b2", "a3"]);
    }

    [Fact]
    public async Task Priority_counts_among_quiet_tenants_and_within_a_noisy_one_but_lets_no_noisy_one_pass()
    {
        await SetAsync(Orders, ByGroup);
        await FloodAsync("a", 60);
        await LeaseAsync(Orders, 40);
        await AddAsync(Of("a-high", 9));
        await AddAllAsync("b1");
        await AddAsync(Of("c-high", 5));
        (await TakeAsync(5)).ShouldBe(["c-high", "b1", "a-high", "a41", "a42"]);
    }

    [Fact]
    public async Task Whoever_holds_many_and_more_than_its_share_is_noisy_at_once()
    {
        await SetAsync(Orders, ByGroup);
        await FloodAsync("a", 60);
        await LeaseAsync(Orders, 30);
        await AddAllAsync("b1", "b2");
        (await TakeAsync(3)).ShouldBe(["b1", "b2", "a31"]);
    }

    [Fact]
    public async Task One_receive_takes_from_both_lanes()
    {
        await SetAsync(Orders, ByGroup);
        await FloodAsync("a", 60);
        await LeaseAsync(Orders, 30);
        await AddAllAsync("b1", "c1", "b2");
        (await LeaseTextsAsync(Orders, 6)).ShouldBe(["b1", "c1", "b2", "a31", "a32", "a33"]);
    }

    [Fact]
    public async Task Several_noisy_tenants_take_turns()
    {
        await SetAsync(Orders, ByGroup);
        await FloodAsync("a", 80);
        await FloodAsync("b", 80);
        await FloodAsync("c", 80);
        var taken = await TakeAsync(90);
        foreach (var tenant in new[] { "a", "b", "c" })
        {
            taken.Skip(45).Count(t => t.StartsWith(tenant, StringComparison.Ordinal)).ShouldBeInRange(10, 20);
            taken.Where(t => t.StartsWith(tenant, StringComparison.Ordinal)).ShouldBe(In(tenant, 1, taken.Count(t => t.StartsWith(tenant, StringComparison.Ordinal))));
        }
    }

    [Fact]
    public async Task A_flood_gets_its_equal_share_when_the_others_want_everything()
    {
        await SetAsync(Orders, ByGroup);
        await FloodAsync("a", 100);
        await FloodAsync("b", 100);
        var taken = await TakeAsync(120);
        taken.Count(t => t[0] == 'a').ShouldBeInRange(48, 72);
    }

    [Fact]
    public async Task What_is_left_by_others_is_handed_out_whoever_it_belongs_to()
    {
        await SetAsync(Orders, ByGroup);
        await FloodAsync("a", 60);
        await LeaseAsync(Orders, 30);
        await AddAllAsync("b1");
        (await TakeAsync(31)).ShouldBe(["b1", .. In("a", 31, 30)]);
        (await LeaseTextsAsync(Orders)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_message_tells_of_its_stay_in_the_delayed_lane()
    {
        await SetAsync(Orders, ByGroup);
        await FloodAsync("a", 50);
        await LeaseAsync(Orders, 40);
        Time.Advance(TimeSpan.FromSeconds(10));
        await AddAllAsync("b1");
        var since = Time.GetUtcNow();
        (await LeaseOneAsync(Orders)).DelayedStay.ShouldBeNull();
        Time.Advance(TimeSpan.FromSeconds(5));
        await AddAllAsync("a51");
        var leases = await LeaseAsync(Orders, 11);
        leases.ShouldAllBe(l => l.Message.Group == "a" && l.DelayedStay != null && !l.DelayedStay.IsDeferred);
        leases[0].DelayedStay!.Since.ShouldBe(since);
        leases[^1].DelayedStay!.Since.ShouldBe(since + TimeSpan.FromSeconds(5)); // it came later
        leases[0].DelayedStay!.Share.ShouldBe(50.0 / 51, 0.001);
        leases.Select(l => l.DelayedStay!.Slot).ShouldBeInOrder();
    }

    [Fact]
    public async Task The_lanes_are_counted()
    {
        await SetAsync(Orders, ByGroup);
        await FloodAsync("a", 50);
        var accepted = Time.GetUtcNow();
        await LeaseAsync(Orders, 40);
        Time.Advance(TimeSpan.FromSeconds(1));
        await AddAllAsync("b1", "b2");
        var noisySince = Time.GetUtcNow();
        await TakeAsync(1);
        Engine.Status(Orders)!.Lanes.ShouldBe(new LaneFigures(10, accepted, NoisyTenants: 1, DeferredGroups: 0, LeasedByNoisy: 40, PriorityReceives: 41, DelayedReceives: 0));
        var groups = Engine.Groups(Orders).ToDictionary(g => g.Group);
        groups["a"].Leased.ShouldBe(40);
        groups["a"].DelayedSince.ShouldBe(noisySince);
        groups["b"].DelayedSince.ShouldBeNull();
        await TakeAsync(3);
        Engine.Status(Orders)!.Lanes.ShouldBe(new LaneFigures(8, accepted, NoisyTenants: 1, DeferredGroups: 0, LeasedByNoisy: 42, PriorityReceives: 42, DelayedReceives: 2));
    }

    [Fact]
    public async Task A_flood_that_is_over_is_forgotten()
    {
        await SetAsync(Orders, ByGroup);
        await FloodAsync("a", 40);
        var held = await LeaseAsync(Orders, 35);
        await AddAllAsync("b1");
        await TakeAsync(1);
        Engine.Status(Orders)!.Lanes.NoisyTenants.ShouldBe(1);
        var done = new Commit();
        foreach (var lease in held.Concat(await LeaseAsync(Orders, 10)))
            done.Remove(lease);
        await Engine.CommitAsync(done);
        Engine.Status(Orders)!.Lanes.NoisyTenants.ShouldBe(0);
        Time.Advance(TimeSpan.FromMinutes(2));
        await AddAllAsync("a1", "b2", "a2", "b3");
        (await TakeAsync(4)).ShouldContain("a1");
        Engine.Status(Orders)!.Lanes.NoisyTenants.ShouldBe(0);
    }

    [Fact]
    public async Task Messages_of_nobody_in_particular_are_never_too_many()
    {
        await SetAsync(Orders, ByGroup);
        var commit = new Commit();
        for (var i = 0; i < 60; i++)
            commit.Add(Text(Orders, $"{i}"));
        await Engine.CommitAsync(commit.Add(Of("a1")));
        (await TakeAsync(61))[^1].ShouldBe("a1");
        Engine.Status(Orders)!.Lanes.NoisyTenants.ShouldBe(0);
    }

    [Fact]
    public async Task Whoever_waits_is_served_from_either_lane()
    {
        await SetAsync(Orders, ByGroup);
        await FloodAsync("a", 40);
        await AddAllAsync("b1");
        await LeaseAsync(Orders, 41);
        var waiting = Engine.LeaseAsync(Orders, new LeaseRequest { Wait = Timeout.InfiniteTimeSpan }).AsTask();
        await AddAllAsync("a41");
        (await TextOfAsync((await waiting.WaitAsync(Patience))[0].Message)).ShouldBe("a41");
        waiting = Engine.LeaseAsync(Orders, new LeaseRequest { Wait = Timeout.InfiniteTimeSpan }).AsTask();
        await AddAllAsync("b2");
        (await TextOfAsync((await waiting.WaitAsync(Patience))[0].Message)).ShouldBe("b2");
    }

    [Fact]
    public async Task A_request_for_a_group_gets_it_however_noisy()
    {
        await SetAsync(Orders, ByGroup);
        await FloodAsync("a", 50);
        await LeaseAsync(Orders, 40);
        await AddAllAsync("b1", "b2");
        (await TakeAsync(1)).ShouldBe(["b1"]);
        (await LeaseTextsAsync(Orders, 2, "a")).ShouldBe(["a41", "a42"]);
        (await TakeAsync(2)).ShouldBe(["b2", "a43"]);
    }

    [Fact]
    public async Task The_attribute_of_a_queue_is_the_group_of_what_comes_without_one()
    {
        await SetAsync(Orders, ByAccount);
        NewMessage With(AttributeValue value) => Text(Orders, "x") with { Attributes = new Dictionary<string, AttributeValue> { ["account"] = value } };
        await AddAsync(With("acme"));
        await AddAsync(With("acme") with { Group = "own" });
        await AddAsync(With(""));
        await AddAsync(With(AttributeValue.Of(new byte[] { 1, 2 }, null, isText: false)));
        await AddAsync(With(new string('é', 300)));
        await AddAsync(With(new string('y', 254) + "\U0001F600"));
        await AddAsync(Text(Orders, "x"));
        (await BrowseAsync(Orders)).Select(m => m.Group).ShouldBe(["acme", "own", null, null, new string('é', 255), new string('y', 254), null]);
        (await LeaseAsync(Orders, 10, "acme")).ShouldHaveSingleItem().Message.Text("account").ShouldBe("acme");
    }

    [Fact]
    public async Task The_group_is_made_when_a_message_comes_in_by_whatever_way()
    {
        var attributes = new Dictionary<string, AttributeValue> { ["account"] = "acme", ["city"] = "berlin" };
        var added = await AddAsync(Text(Invoices, "x") with { Attributes = attributes });
        await SetAsync(Orders, ByAccount);
        await Engine.CommitAsync(new Commit().Move(added.Id, Orders));
        (await Engine.FindAsync(added.Id))!.Group.ShouldBe("acme");
        // A commit that changes the queue's policy changes it for what follows in it.
        var second = await Engine.CommitAsync(new Commit()
            .Add(Text(Orders, "y") with { Attributes = attributes })
            .SetQueue(Orders, ByAccount with { Fairness = QueueFairness.ByAttribute("city") })
            .Add(Text(Orders, "z") with { Attributes = attributes }));
        (await Engine.FindAsync(second.Added[0].Id))!.Group.ShouldBe("acme");
        (await Engine.FindAsync(second.Added[1].Id))!.Group.ShouldBe("berlin");
        await Engine.CommitAsync(new Commit().DeleteQueue(Orders).Add(Text(Orders, "w") with { Attributes = attributes }));
        (await BrowseAsync(Orders)).ShouldHaveSingleItem().Group.ShouldBeNull();
        // And one that stays where it is keeps what it has.
        await SetAsync(Orders, ByAccount);
        (await BrowseAsync(Orders)).ShouldHaveSingleItem().Group.ShouldBeNull();
        await Engine.CommitAsync(new Commit().Add(Text(Orders, "v") with { Attributes = attributes }));
        (await BrowseAsync(Orders)).Select(m => m.Group).ShouldBe([null, "acme"]);
    }

    [Fact]
    public async Task Fairness_stays_over_a_restart_and_who_was_noisy_does_not()
    {
        await SetAsync(Orders, ByAccount with { Retention = TimeSpan.FromDays(3) });
        await SetAsync(Invoices, ByGroup);
        await FloodAsync("a", 50);
        await ReopenAsync();
        Engine.Status(Orders)!.Policy.ShouldBe(ByAccount with { Retention = TimeSpan.FromDays(3) });
        Engine.Status(Invoices)!.Policy.Fairness.ShouldBe(QueueFairness.ByGroup);
        Engine.Status(Orders)!.Lanes.NoisyTenants.ShouldBe(0);
        await AddAllAsync("b1");
        (await TakeAsync(20)).ShouldContain("b1");
    }

    [Fact]
    public async Task A_queue_becomes_fair_and_ceases_to_be_with_what_it_holds()
    {
        await FloodAsync("a", 50);
        await LeaseAsync(Orders, 30);
        await AddAllAsync("b1", "b2", "b3");
        (await TakeAsync(1)).ShouldBe(["a31"]);
        await SetAsync(Orders, ByGroup);
        (await TakeAsync(2)).ShouldBe(["b1", "b2"]); // what was in flight before counts
        Engine.Status(Orders)!.Lanes.NoisyTenants.ShouldBe(1);
        await SetAsync(Orders, QueuePolicy.Default);
        Engine.Status(Orders)!.Lanes.ShouldBe(LaneFigures.None);
        (await TakeAsync(20)).ShouldBe([.. In("a", 32, 19), "b3"]);
    }

    [Fact]
    public async Task A_fifo_queue_cannot_be_fair() =>
        await Should.ThrowAsync<ArgumentException>(() => SetAsync(Orders, ByGroup with { IsFifo = true }));
}

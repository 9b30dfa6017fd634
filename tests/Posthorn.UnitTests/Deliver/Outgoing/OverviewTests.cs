using Posthorn.Clustering;
using Posthorn.Commits;
using Posthorn.Server.Deliver.Outgoing;
using Posthorn.Server.Deliver.Outgoing.Overview;
using Posthorn.UnitTests.Operate.Clustering;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Deliver.Outgoing;

/// <summary>Each node tells the others of its destinations, so that any can be asked about all, and have any tried again.</summary>
public sealed class OverviewTests
{
    private static readonly TimeSpan Young = TimeSpan.FromSeconds(1);

    private static string KeyOf(string name) => $"destination/{name}";

    // The names of nodes of which one has the destination, and the other has not: they were looked for.
    private static string NodeThat(bool isOwner, string destination = "mx.one.test") => Enumerable.Range(0, 1_000).Select(i => $"node{i}")
        .First(name => TestCluster.ViewOf(NodeState.Live, (name, NodeState.Live)).IsOwn(KeyOf(destination)) != isOwner);

    private static IReadOnlyList<KnownDestination> Overview(ClusterView view, IReadOnlyList<DestinationFigures> own, DestinationNotice? told) =>
        DestinationOverview.Of(view, KeyOf, own, [new NodeNotice(view.Nodes.Single(n => n.Id == 2), told is null ? null : Young, told)]);

    [Fact]
    public void A_destinations_limit_and_back_off_are_its_nodes_and_what_counts_is_added_up()
    {
        var view = TestCluster.ViewOf(NodeState.Live, (NodeThat(isOwner: true), NodeState.Live));
        var until = DateTimeOffset.UnixEpoch.AddDays(1);
        var here = new DestinationFigures { Name = "mx.one.test", Domains = ["a.test"], Connections = 1, ConcurrencyLimit = 5, LastReply = "here", Delivered = 10, Failed = 1, Deferred = 2, BackingOffUntil = until.AddDays(1) };
        var there = new DestinationFigures { Name = "mx.one.test", Domains = ["b.test"], Connections = 2, ConcurrencyLimit = 1, LastReply = "there", Delivered = 20, Failed = 2, Deferred = 4, BackingOffUntil = until };
        var known = Overview(view, [here], new DestinationNotice([there], LeftOff: 0)).ShouldHaveSingleItem();
        (known.Node, known.IsUntold).ShouldBe((view.Nodes.Single(n => n.Id == 2).Name, false));
        known.Figures.Domains.ShouldBe(["a.test", "b.test"], ignoreOrder: true);
        (known.Figures.Connections, known.Figures.ConcurrencyLimit, known.Figures.LastReply, known.Figures.BackingOffUntil).ShouldBe((3, 1, "there", until));
        (known.Figures.Delivered, known.Figures.Failed, known.Figures.Deferred).ShouldBe((30, 3, 6));
    }

    [Fact]
    public void What_only_another_node_knows_is_there_and_a_domain_is_where_this_node_knows_it_to_be()
    {
        var view = TestCluster.ViewOf(NodeState.Live, (NodeThat(isOwner: true), NodeState.Live));
        var known = Overview(
            view, [new DestinationFigures { Name = "mx.new.test", Domains = ["a.test"] }],
            new DestinationNotice([new DestinationFigures { Name = "mx.old.test", Domains = ["a.test", "b.test"] }, new DestinationFigures { Name = "idle.test", Connections = 1 }], 0));
        known.ToDictionary(k => k.Figures.Name, k => string.Join(' ', k.Figures.Domains)).ShouldBe(
            new Dictionary<string, string> { ["mx.new.test"] = "a.test", ["mx.old.test"] = "b.test", ["idle.test"] = "" }, ignoreOrder: true);
    }

    [Theory]
    [InlineData(true, null, true)]   // it has told nothing at all
    [InlineData(true, 0, false)]     // it has told all that it has: this one is as if new
    [InlineData(true, 7, true)]      // it may be among those that it left off
    [InlineData(false, null, false)] // it is this node's own
    public void A_destination_is_untold_when_its_node_may_know_more_than_it_told(bool isTheirs, int? leftOff, bool isUntold)
    {
        var view = TestCluster.ViewOf(NodeState.Live, (NodeThat(isTheirs), NodeState.Live));
        var told = leftOff is { } left ? new DestinationNotice([], left) : null;
        Overview(view, [new DestinationFigures { Name = "mx.one.test", Domains = ["one.test"] }], told).ShouldHaveSingleItem().IsUntold.ShouldBe(isUntold);
    }

    [Fact]
    public void A_notice_is_bounded_tells_first_what_is_in_trouble_and_counts_what_it_leaves_off()
    {
        var many = Enumerable.Range(0, 10_000).Select(i => new DestinationFigures
        {
            Name = $"mx{i}.test", Domains = [.. Enumerable.Range(0, 100).Select(d => $"d{d}.mx{i}.test")], LastReply = new string('x', 5_000),
            Connections = i == 8_000 ? 1 : 0, BackingOffUntil = i == 9_000 ? DateTimeOffset.UnixEpoch : null, Deferred = i == 7_000 ? 1 : 0,
        }).ToList();
        var notice = DestinationNotice.Of(many);
        notice.Destinations.Take(3).Select(d => d.Name).ShouldBe(["mx9000.test", "mx8000.test", "mx7000.test"]);
        (notice.Destinations.Count + notice.LeftOff).ShouldBe(10_000);
        notice.Destinations.ShouldAllBe(d => d.Domains.Count == DestinationNotice.DomainsMax && d.LastReply!.Length == DestinationNotice.ReplyCharsMax + 1);
        notice.Write().Length.ShouldBeLessThan(2 * DestinationNotice.CharsMax);
        var small = DestinationNotice.Of([.. many.Select(d => d with { Domains = [], LastReply = null })]);
        (small.Destinations.Count, small.LeftOff).ShouldBe((DestinationNotice.DestinationsMax, 10_000 - DestinationNotice.DestinationsMax));
    }

    [Fact]
    public void A_notice_is_read_as_it_was_written_and_one_that_cannot_be_read_is_none()
    {
        var told = new DestinationFigures { Name = "mx.one.test", Domains = ["one.test"], Connections = 2, ConcurrencyLimit = 5, BackingOffUntil = DateTimeOffset.UnixEpoch, LastReply = "451 später", Delivered = 3, Failed = 4, Deferred = 5 };
        var read = DestinationNotice.Read(new DestinationNotice([told], 6).Write()).ShouldNotBeNull();
        read.LeftOff.ShouldBe(6);
        (read.Destinations.ShouldHaveSingleItem() with { Domains = told.Domains }).ShouldBe(told);
        read.Destinations[0].Domains.ShouldBe(["one.test"]);
        DestinationNotice.Read("{}"u8).ShouldBeNull();
        DestinationNotice.Read("!"u8).ShouldBeNull();
    }

    [Fact]
    public async Task A_node_tells_the_others_what_it_has_and_nobody_when_it_is_alone()
    {
        await using var world = new OutgoingWorld();
        world.One.IsRefusing = true;
        await world.StartAsync();
        for (var i = 0; i < 10; i++)
            await world.QueueAsync($"b{i}@one.test");
        await world.UntilAsync(() => world.Destination("one.test")?.State == DestinationState.BackingOff, "backing off");
        await world.AdvanceAsync(TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(1));
        world.Cluster.Told.Find(DestinationNotice.Subject).ShouldBeNull();

        world.Cluster.See(NodeState.Live, (NodeThat(isOwner: false), NodeState.Live));
        await world.AdvanceAsync(TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(1));
        await world.UntilAsync(() => world.Cluster.Told.Find(DestinationNotice.Subject) is not null, "it has told");
        var told = DestinationNotice.Read(world.Cluster.Told.Find(DestinationNotice.Subject)!.Content.Span).ShouldNotBeNull().Destinations.ShouldHaveSingleItem();
        (told.Name, told.Domains.ShouldHaveSingleItem(), told.BackingOffUntil).ShouldBe(("mx.one.test", "one.test", world.Destination("one.test")!.BackingOffUntil));
        told.LastReply.ShouldNotBeNull().ShouldContain("refused");
    }

    [Fact]
    public async Task Any_node_says_what_the_node_of_a_destination_told_and_when_and_who_told_nothing()
    {
        await using var world = new OutgoingWorld();
        var owner = NodeThat(isOwner: true);
        world.Cluster.See(NodeState.Live, (owner, NodeState.Live), ("silent", NodeState.Draining), ("gone", NodeState.Dead));
        await world.StartAsync();
        await world.QueueAsync("b@one.test");
        await world.UntilAsync(() => world.Destination("mx.one.test") is not null, "its destination is known");
        world.Destination("mx.one.test")!.IsUntold.ShouldBeTrue();

        var until = world.Time.GetUtcNow().AddMinutes(3);
        var figures = new DestinationFigures { Name = "mx.one.test", Domains = ["one.test", "also.test"], ConcurrencyLimit = 1, BackingOffUntil = until, LastReply = "421 not now", Deferred = 4 };
        world.Cluster.Told.Tell(DestinationNotice.Subject, new Notice(2, TimeSpan.FromSeconds(7), new DestinationNotice([figures], 3).Write()));
        var listing = await world.Dispatcher.ListAsync(CancellationToken.None);
        var status = listing.Destinations.ShouldHaveSingleItem();
        (status.Node, status.IsUntold, status.State, status.BackingOffUntil, status.Queued).ShouldBe((owner, false, DestinationState.BackingOff, until, 1));
        (status.LastReply, status.ConcurrencyLimit, status.Deferred).ShouldBe(("421 not now", 1, 4));
        world.Destination("also.test")!.Name.ShouldBe("mx.one.test");
        listing.Nodes.ShouldBe([new TellingNode(owner, TimeSpan.FromSeconds(7), 3), new TellingNode("silent", null, 0)], ignoreOrder: true);
    }

    [Fact]
    public async Task A_retry_asked_for_at_another_node_is_told_to_the_destinations_own()
    {
        await using var world = new OutgoingWorld();
        world.Cluster.See(NodeState.Live, (NodeThat(isOwner: true), NodeState.Live));
        await world.StartAsync();
        await world.QueueAsync("b@one.test");
        await world.UntilAsync(() => world.Destination("mx.one.test") is not null, "its destination is known");
        (await world.Dispatcher.RetryNowAsync("one.test", CancellationToken.None)).ShouldBe(0);
        var call = world.Engine.Documents(RetryCall.Prefix).ShouldHaveSingleItem();
        RetryCall.Read(call.Value.Span).ShouldBe(new RetryCall(world.Time.GetUtcNow(), "mx.one.test"));

        // Whoever it falls to takes it away when all have seen it.
        world.Cluster.See(NodeState.Live);
        await world.AdvanceAsync(TimeSpan.FromSeconds(59), TimeSpan.FromSeconds(1));
        world.Engine.Documents(RetryCall.Prefix).Count.ShouldBe(1);
        await world.AdvanceAsync(TimeSpan.FromMinutes(2), TimeSpan.FromSeconds(1));
        world.Engine.Documents(RetryCall.Prefix).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_retry_that_another_node_asks_for_ends_the_back_off_and_makes_all_due()
    {
        await using var world = new OutgoingWorld();
        world.Cluster.See(NodeState.Live, (NodeThat(isOwner: false), NodeState.Live));
        await world.Engine.CommitAsync(new Commit().SetDocument($"{RetryCall.Prefix}old", new RetryCall(world.Time.GetUtcNow(), "mx.one.test").Write()));
        world.One.IsRefusing = true;
        await world.StartAsync();
        for (var i = 0; i < 10; i++)
            await world.QueueAsync($"b{i}@one.test");
        await world.UntilAsync(() => world.Destination("one.test")?.State == DestinationState.BackingOff, "backing off");
        await world.UntilAsync(() => world.Outgoing.All(m => m.State != Messages.MessageState.Leased), "nobody works");
        world.One.IsRefusing = false;
        world.Cluster.SetElsewhere(); // nothing new: the call of before the start is not for this
        await world.Engine.CommitAsync(new Commit().SetDocument($"{RetryCall.Prefix}unreadable", "?"u8.ToArray()));
        world.Cluster.SetElsewhere();
        await world.AdvanceAsync(TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(1));
        world.One.Mails.ShouldBeEmpty();

        await world.Engine.CommitAsync(new Commit().SetDocument($"{RetryCall.Prefix}new", new RetryCall(world.Time.GetUtcNow(), "mx.one.test").Write()));
        world.Cluster.SetElsewhere();
        await world.UntilAsync(() => world.One.Mails.Count == 10, "all go out, also those that were put off");
        world.Destination("one.test")!.State.ShouldBe(DestinationState.Active);
    }
}

using Posthorn.Clustering;
using Posthorn.UnitTests.Operate.Clustering;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Clustering;

public sealed class ClusterViewTests
{
    [Fact]
    public void A_node_alone_owns_everything() => TestCluster.ViewOf(NodeState.Live).IsOwn("anything").ShouldBeTrue();

    [Fact]
    public void A_node_alone_that_drains_owns_nothing()
    {
        var view = TestCluster.ViewOf(NodeState.Draining);
        view.IsOwn("anything").ShouldBeFalse();
        view.OwnerOf("anything").ShouldBeNull();
    }

    [Fact]
    public void Only_live_nodes_own()
    {
        var view = TestCluster.ViewOf(NodeState.Live, ("two", NodeState.Draining), ("three", NodeState.Dead), ("four", NodeState.Live));
        view.Owners.Select(n => n.Name).ShouldBe(["four", "one"]);
        Enumerable.Range(0, 100).Select(i => view.OwnerOf($"{i}")!.Name).Distinct().Order().ShouldBe(["four", "one"]);
    }

    [Fact]
    public void Each_key_is_one_nodes_whoever_looks()
    {
        ClusterNode[] nodes = [new(7, "a"), new(5, "b"), new(9, "c")];
        var views = nodes.Select(n => new ClusterView(n.Id, nodes)).ToList();
        for (var i = 0; i < 200; i++)
            views.Count(v => v.IsOwn($"{i}")).ShouldBe(1);
    }

    [Fact]
    public void Of_two_nodes_with_one_name_one_owns_everything()
    {
        ClusterNode[] nodes = [new(7, "a"), new(5, "a")];
        for (var i = 0; i < 50; i++)
            new ClusterView(7, nodes).OwnerOf($"{i}")!.Id.ShouldBe(5);
    }

    [Fact]
    public void A_view_is_the_same_while_nobody_comes_goes_or_changes()
    {
        var view = TestCluster.ViewOf(NodeState.Live, ("two", NodeState.Live));
        view.IsSameAs(TestCluster.ViewOf(NodeState.Live, ("two", NodeState.Live))).ShouldBeTrue();
        view.IsSameAs(TestCluster.ViewOf(NodeState.Live, ("two", NodeState.Dead))).ShouldBeFalse();
        view.IsSameAs(TestCluster.ViewOf(NodeState.Live)).ShouldBeFalse();
    }
}

using Posthorn.Clustering;
using Posthorn.PostgreSql.Clustering;
using Shouldly;
using Xunit;

namespace Posthorn.PostgreSql.Tests;

/// <summary>Who is alive, decided from what was read; no clock but the one that counts between looks.</summary>
public sealed class NodeWatchTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private readonly NodeWatch _watch = new(1);
    private readonly ClusterNode _self = new(1, "one");

    [Fact]
    public void A_node_whose_beats_stand_still_for_five_seconds_is_dead_by_both_clocks()
    {
        Look(Other(1, 0)).ShouldBe(NodeState.Live);
        for (var i = 1; i < 5; i++)
            Look(Other(1, i)).ShouldBe(NodeState.Live);
        Look(Other(1, 5)).ShouldBe(NodeState.Dead);
        Look(Other(2, 0)).ShouldBe(NodeState.Live);
    }

    [Fact]
    public void A_server_that_took_over_with_a_clock_ahead_makes_nobody_dead()
    {
        Look(Other(1, 0)).ShouldBe(NodeState.Live);
        Look(Other(1, 3_600)).ShouldBe(NodeState.Live);
        Look(Other(2, 0)).ShouldBe(NodeState.Live);
    }

    [Fact]
    public void Nor_does_one_with_a_clock_behind_keep_a_dead_one_alive()
    {
        for (var i = 0; i < 5; i++)
            Look(Other(1, -3_600)).ShouldBe(NodeState.Live);
        Look(Other(1, -3_600)).ShouldBe(NodeState.Dead);
    }

    [Fact]
    public void Time_in_which_this_node_could_not_look_is_not_held_against_others()
    {
        Look(Other(1, 0));
        Look(Other(1, 60), TimeSpan.FromMinutes(1)).ShouldBe(NodeState.Live); // it may just not have had its turn after the database came back
        Look(Other(1, 61)).ShouldBe(NodeState.Live);
        Look(Other(1, 62)).ShouldBe(NodeState.Live);
        Look(Other(1, 63)).ShouldBe(NodeState.Dead);
    }

    [Fact]
    public void One_that_is_seen_for_the_first_time_is_as_the_server_says() => Look(Other(17, 40)).ShouldBe(NodeState.Dead);

    [Fact]
    public void A_node_never_sees_itself_dead_and_is_there_though_its_row_is_not()
    {
        _watch.Look([new NodeBeat(1, "one", 0, 3, TimeSpan.FromMinutes(1), false, NodeReport.None)], Second, _self).Self.State.ShouldBe(NodeState.Live);
        _watch.Look([], Second, _self).Self.ShouldBe(_self);
    }

    [Fact]
    public void One_that_drains_says_so_until_it_is_dead()
    {
        Look(Other(1, 0) with { IsDraining = true }).ShouldBe(NodeState.Draining);
        for (var i = 1; i < 5; i++)
            Look(Other(1, i) with { IsDraining = true });
        Look(Other(1, 5) with { IsDraining = true }).ShouldBe(NodeState.Dead);
    }

    private static NodeBeat Other(long beats, double silence) => new(2, "two", 0, beats, TimeSpan.FromSeconds(silence), false, NodeReport.None);

    private NodeState Look(NodeBeat other, TimeSpan? since = null) => _watch.Look([other], since ?? Second, _self).Nodes.First(n => n.Id == 2).State;
}

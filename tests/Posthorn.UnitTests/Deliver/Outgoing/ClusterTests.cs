using Posthorn.Clustering;
using Posthorn.UnitTests.Operate.Clustering;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Deliver.Outgoing;

/// <summary>The dispatcher among others: it delivers to what is its own, and leaves the rest alone.</summary>
public sealed class ClusterTests
{
    // As the other node is called, destinations are its or ours: these names were looked for.
    private static string Other(bool ownsOne) => Enumerable.Range(0, 1_000).Select(i => $"node{i}")
        .First(name => TestCluster.ViewOf(NodeState.Live, (name, NodeState.Live)).IsOwn("destination/mx.one.test") != ownsOne);

    [Fact]
    public async Task What_is_another_nodes_is_not_leased_and_goes_out_when_that_node_dies()
    {
        await using var world = new OutgoingWorld();
        var other = Other(ownsOne: true);
        world.Cluster.See(NodeState.Live, (other, NodeState.Live));
        await world.StartAsync();
        var id = await world.QueueAsync("b@one.test");
        await world.UntilAsync(() => world.Destination("mx.one.test") is not null, "its destination is known");
        (world.Engine.Status(Server.Spool.SpoolQueues.Outgoing)!.Leased, world.One.Connections).ShouldBe((0, 0));
        (await world.Engine.FindAsync(id))!.ReceiveCount.ShouldBe(0);

        world.Cluster.See(NodeState.Live, (other, NodeState.Dead));
        await world.UntilAsync(() => world.One.Mails.Count == 1, "it is delivered");
    }

    [Fact]
    public async Task What_is_our_own_goes_out_though_there_are_others()
    {
        await using var world = new OutgoingWorld();
        world.Cluster.See(NodeState.Live, (Other(ownsOne: false), NodeState.Live));
        await world.StartAsync();
        await world.QueueAsync("b@one.test");
        await world.UntilAsync(() => world.One.Mails.Count == 1, "it is delivered");
    }

    [Fact]
    public async Task A_node_that_drains_finishes_its_mail_closes_its_connections_and_takes_up_nothing()
    {
        await using var world = new OutgoingWorld();
        await world.StartAsync();
        var (begun, go) = (new TaskCompletionSource(), new TaskCompletionSource());
        world.One.BeforeReply = async _ =>
        {
            begun.TrySetResult();
            await go.Task;
        };
        await world.QueueAsync("b@one.test");
        await begun.Task;
        world.Cluster.See(NodeState.Draining);
        await world.QueueAsync("c@one.test");
        go.SetResult();
        await world.UntilAsync(() => world.One is { Mails.Count: 1, Open: 0 }, "the mail is out, and the connection closed");
        world.Engine.Status(Server.Spool.SpoolQueues.Outgoing)!.Ready.ShouldBe(1);

        world.Cluster.See(NodeState.Live);
        await world.UntilAsync(() => world.One.Mails.Count == 2, "the other goes out");
    }
}

using Posthorn.Clustering;
using Posthorn.Queues;
using Posthorn.UnitTests.Operate.Clustering;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Deliver.Webhooks;

/// <summary>An endpoint is one node's, so that its limits hold for all nodes together.</summary>
public sealed class WebhookClusterTests
{
    // As the other node is called, the endpoint is its or ours: the name was looked for.
    private static string Owner(string endpoint) => Enumerable.Range(0, 1_000).Select(i => $"node{i}")
        .First(name => !TestCluster.ViewOf(NodeState.Live, (name, NodeState.Live)).IsOwn($"webhook/orders/{endpoint}"));

    [Fact]
    public async Task What_is_another_nodes_is_not_leased_and_is_posted_when_that_node_dies()
    {
        await using var world = await WebhookWorld.StartAsync(WebhookWorld.Orders());
        var owner = Owner(world.Lane().Endpoint);
        await world.SendAsync();
        await world.PostsAsync(1);

        world.Cluster.See(NodeState.Live, (owner, NodeState.Live));
        await world.SendAsync();
        (world.Endpoints.Posts.Count, world.Engine.Status(QueueName.Parse("orders"))!.Ready).ShouldBe((1, 1));

        world.Cluster.See(NodeState.Live, (owner, NodeState.Dead));
        await world.PostsAsync(2);
    }

    [Fact]
    public async Task A_node_that_drains_posts_nothing_more()
    {
        await using var world = await WebhookWorld.StartAsync(WebhookWorld.Orders());
        world.Cluster.See(NodeState.Draining);
        await world.SendAsync();
        (world.Endpoints.Posts.Count, world.Engine.Status(QueueName.Parse("orders"))!.Ready).ShouldBe((0, 1));
        world.Cluster.See(NodeState.Live);
        await world.PostsAsync(1);
    }
}

using Posthorn.Clustering;
using Posthorn.Queues;

namespace Posthorn.Sharding;

/// <summary>The nodes that share several stores: those of the home shard, which are nodes of the others too.</summary>
internal sealed class ShardCluster(ShardMap map) : ICluster
{
    private readonly ICluster _home = map.Home.Engine.Cluster;

    /// <inheritdoc/>
    public event Action? Changed
    {
        add => _home.Changed += value;
        remove => _home.Changed -= value;
    }

    /// <inheritdoc/>
    public event Action? DocumentsChanged
    {
        add => _home.DocumentsChanged += value;
        remove => _home.DocumentsChanged -= value;
    }

    /// <inheritdoc/>
    public ClusterView View => _home.View;

    /// <inheritdoc/>
    public IChronicle? Chronicle => _home.Chronicle;

    /// <inheritdoc/>
    public INotices? Notices => _home.Notices;

    /// <inheritdoc/>
    public void Report(NodeReport report)
    {
        foreach (var link in map.Links.Where(l => l.IsOpen))
            link.Engine.Cluster.Report(report);
    }

    /// <inheritdoc/>
    public ValueTask<bool> DrainAsync(long nodeId, bool isDraining, CancellationToken cancellationToken = default) => map.Home.AskAsync(_ => _home.DrainAsync(nodeId, isDraining, cancellationToken));

    /// <summary>Each shard numbers its nodes itself: a node is the same by its name.</summary>
    public async ValueTask<int> EndLeasesAsync(long nodeId, QueueName queue, CancellationToken cancellationToken = default)
    {
        var link = map.ShardOf(queue);
        if (link.IsHome)
            return await link.AskAsync(_ => _home.EndLeasesAsync(nodeId, queue, cancellationToken));
        if (_home.View.Nodes.FirstOrDefault(n => n.Id == nodeId) is not { State: NodeState.Dead } dead)
            return 0;
        var cluster = await link.AskAsync(e => ValueTask.FromResult(e.Cluster));
        var ended = 0;
        foreach (var node in cluster.View.Nodes.Where(n => n.Name == dead.Name && n.State == NodeState.Dead))
            ended += await link.AskAsync(_ => cluster.EndLeasesAsync(node.Id, queue, cancellationToken));
        return ended;
    }
}

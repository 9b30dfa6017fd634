using Posthorn.Queues;

namespace Posthorn.Clustering;

/// <summary>The nodes that share an engine: who they are, and what they have in common besides queues. Of an embedded engine there is one.</summary>
public interface ICluster
{
    /// <summary>The nodes as they are seen now, looked at once a second. Costs a field read.</summary>
    ClusterView View { get; }

    /// <summary>Raised when a node came, went, or began or ended to drain. Handlers are to be quick.</summary>
    event Action? Changed;

    /// <summary>Raised when documents may have been set by another node. Handlers are to be quick.</summary>
    event Action? DocumentsChanged;

    /// <summary>What the others are to be told of this node from now on.</summary>
    void Report(NodeReport report);

    /// <summary>Lets a node take on nothing new, or ends that. The node itself learns of it within about a second; a restart ends it.</summary>
    /// <returns>False when there is no such node.</returns>
    ValueTask<bool> DrainAsync(long nodeId, bool isDraining, CancellationToken cancellationToken = default);

    /// <summary>
    /// Gives back what a dead node has leased of a queue, instead of when the leases run out. Should the node only have been slow, what it does under
    /// those leases afterwards is refused. Only for queues whose consumers are nodes: a client's lease outlives the node he got it from.
    /// </summary>
    /// <returns>How many messages; none of a node that is not dead.</returns>
    ValueTask<int> EndLeasesAsync(long nodeId, QueueName queue, CancellationToken cancellationToken = default);

    /// <summary>The history that all nodes write; null where a node is alone, and keeps its own.</summary>
    IChronicle? Chronicle { get; }

    /// <summary>What the nodes tell each other at more length; null where a node is alone.</summary>
    INotices? Notices { get; }
}

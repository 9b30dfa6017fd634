using Posthorn.Queues;

namespace Posthorn.Clustering;

/// <summary>A cluster of one: what an engine has that nobody shares.</summary>
public sealed class SoleNode : ICluster
{
    private const long Id = 1;

    private volatile ClusterView _view;

    /// <param name="name">What people call it.</param>
    /// <param name="startedAt">When it started.</param>
    public SoleNode(string name, DateTimeOffset startedAt) => _view = new ClusterView(Id, [new ClusterNode(Id, name) { StartedAt = startedAt }]);

    /// <inheritdoc/>
    public event Action? Changed;

    /// <summary>Nobody else sets any: never raised.</summary>
    public event Action? DocumentsChanged
    {
        add { }
        remove { }
    }

    /// <inheritdoc/>
    public ClusterView View => _view;

    /// <summary>None: the node keeps its own history.</summary>
    public IChronicle? Chronicle => null;

    /// <summary>None: there is nobody to tell.</summary>
    public INotices? Notices => null;

    /// <inheritdoc/>
    public void Report(NodeReport report)
    {
        var before = _view;
        // A drain that was begun meanwhile is more than a report.
        Interlocked.CompareExchange(ref _view, new ClusterView(Id, [before.Self with { Report = report }]), before);
    }

    /// <inheritdoc/>
    public ValueTask<bool> DrainAsync(long nodeId, bool isDraining, CancellationToken cancellationToken = default)
    {
        if (nodeId != Id)
            return ValueTask.FromResult(false);
        _view = new ClusterView(Id, [_view.Self with { State = isDraining ? NodeState.Draining : NodeState.Live }]);
        Changed?.Invoke();
        return ValueTask.FromResult(true);
    }

    /// <summary>The only node is never dead.</summary>
    public ValueTask<int> EndLeasesAsync(long nodeId, QueueName queue, CancellationToken cancellationToken = default) => ValueTask.FromResult(0);
}

using Posthorn.Clustering;
using Posthorn.Queues;

namespace Posthorn.UnitTests.Operate.Clustering;

/// <summary>A cluster as a test says it is, seen by the node <c>one</c>.</summary>
internal sealed class TestCluster : ICluster
{
    private const long Self = 1;
    private volatile ClusterView _view = ViewOf(NodeState.Live, []);

    public event Action? Changed;

    public event Action? DocumentsChanged;

    public ClusterView View => _view;

    public IChronicle? Chronicle => null;

    public INotices? Notices => Told;

    /// <summary>What was told, by this node and by those that a test lets speak.</summary>
    public TestNotices Told { get; } = new(Self);

    /// <summary>The dead nodes whose leases were ended, and of which queue.</summary>
    public List<(long Node, QueueName Queue)> Ended { get; } = [];

    public NodeReport Reported { get; private set; } = NodeReport.None;

    public static ClusterView ViewOf(NodeState self, params ReadOnlySpan<(string Name, NodeState State)> others)
    {
        var nodes = new List<ClusterNode> { new(Self, "one") { State = self } };
        foreach (var (name, state) in others)
            nodes.Add(new ClusterNode(nodes.Count + 1, name) { State = state });
        return new ClusterView(Self, nodes);
    }

    /// <summary>What is seen from now on.</summary>
    public void See(NodeState self, params ReadOnlySpan<(string Name, NodeState State)> others)
    {
        _view = ViewOf(self, others);
        Changed?.Invoke();
    }

    /// <summary>Another node has set a document.</summary>
    public void SetElsewhere() => DocumentsChanged?.Invoke();

    public void Report(NodeReport report) => Reported = report;

    public ValueTask<bool> DrainAsync(long nodeId, bool isDraining, CancellationToken cancellationToken = default)
    {
        See(isDraining ? NodeState.Draining : NodeState.Live);
        return ValueTask.FromResult(true);
    }

    public ValueTask<int> EndLeasesAsync(long nodeId, QueueName queue, CancellationToken cancellationToken = default)
    {
        lock (Ended)
            Ended.Add((nodeId, queue));
        return ValueTask.FromResult(1);
    }
}

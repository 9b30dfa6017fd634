namespace Posthorn.Clustering;

/// <summary>The nodes of a cluster as one of them sees them at one moment. Immutable.</summary>
/// <remarks>Two nodes may see different views for about a second: what must not happen twice is guarded by leases, never by a view.</remarks>
public sealed class ClusterView
{
    private readonly ClusterNode[] _owners;
    private readonly ulong[] _hashes;

    /// <param name="selfId">The node that sees it.</param>
    /// <param name="nodes">All nodes, that one among them.</param>
    /// <exception cref="ArgumentException">It is not among them.</exception>
    public ClusterView(long selfId, IEnumerable<ClusterNode> nodes)
    {
        Nodes = [.. nodes.OrderBy(n => n.Name, StringComparer.Ordinal).ThenBy(n => n.Id)];
        Self = Nodes.FirstOrDefault(n => n.Id == selfId) ?? throw new ArgumentException("A node sees itself.", nameof(nodes));
        _owners = [.. Nodes.Where(n => n.State == NodeState.Live)];
        _hashes = [.. _owners.Select(n => Rendezvous.Hash(n.Name))];
    }

    /// <summary>All nodes, by name; those that died or were stopped by force within the last day included.</summary>
    public IReadOnlyList<ClusterNode> Nodes { get; }

    /// <summary>The node that sees it.</summary>
    public ClusterNode Self { get; }

    /// <summary>Those that take on work: they are live and do not drain.</summary>
    public IReadOnlyList<ClusterNode> Owners => _owners;

    /// <summary>The node that something belongs to: a destination, an endpoint, a task that one node does for all. Null while no node takes on work.</summary>
    public ClusterNode? OwnerOf(string key) => Rendezvous.Choose(_hashes, Rendezvous.Hash(key)) is >= 0 and var at ? _owners[at] : null;

    /// <summary>Whether something belongs to the node that sees this.</summary>
    public bool IsOwn(string key) => (_owners.Length == 1 ? _owners[0] : OwnerOf(key))?.Id == Self.Id;

    /// <summary>Whether in both the same nodes take on work, and the others are in the same states.</summary>
    public bool IsSameAs(ClusterView other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return Nodes.Select(n => (n.Id, n.State)).SequenceEqual(other.Nodes.Select(n => (n.Id, n.State)));
    }
}

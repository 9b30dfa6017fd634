using Posthorn.Clustering;

namespace Posthorn.PostgreSql.Clustering;

/// <summary>Decides from what was read who is alive. Pure.</summary>
/// <remarks>
/// No node's clock is compared with another's. A node is dead when two witnesses agree: the count of its beats stood still for as long as this node looked,
/// by this node's steady clock, and the server's clock says so too. Time in which this node could not look is not held against others; and a server that took over
/// with another clock makes nobody dead, since beats go on.
/// </remarks>
internal sealed class NodeWatch(long self)
{
    /// <summary>A node that was silent for so long is dead: five beats.</summary>
    public static readonly TimeSpan DeadAfter = TimeSpan.FromSeconds(5);

    /// <summary>Between two looks at most so much counts.</summary>
    private static readonly TimeSpan LookMax = TimeSpan.FromSeconds(2);

    private readonly Dictionary<long, (long Beats, TimeSpan Quiet)> _seen = [];

    /// <summary>The view after a look.</summary>
    /// <param name="beats">What was read; this node may be missing.</param>
    /// <param name="sinceLast">How long ago the look before was.</param>
    /// <param name="fallback">This node, should it be missing.</param>
    public ClusterView Look(IReadOnlyList<NodeBeat> beats, TimeSpan sinceLast, ClusterNode fallback)
    {
        var counted = sinceLast < LookMax ? sinceLast : LookMax;
        var nodes = new List<ClusterNode>(beats.Count);
        foreach (var beat in beats)
        {
            var quiet = _seen.TryGetValue(beat.Id, out var seen)
                ? (seen.Beats == beat.Beats ? seen.Quiet + counted : TimeSpan.Zero)
                : Positive(beat.Silence); // seen for the first time: the server is all there is to ask
            _seen[beat.Id] = (beat.Beats, quiet);
            var isDead = beat.Id != self && quiet >= DeadAfter && (beat.Silence >= DeadAfter || beat.Silence < TimeSpan.Zero);
            nodes.Add(new ClusterNode(beat.Id, beat.Name)
            {
                State = isDead ? NodeState.Dead : beat.IsDraining ? NodeState.Draining : NodeState.Live,
                StartedAt = new DateTimeOffset(beat.StartedAt, TimeSpan.Zero),
                Silence = Positive(beat.Silence),
                Report = beat.Report,
            });
        }
        foreach (var gone in _seen.Keys.Except(beats.Select(b => b.Id)).ToList())
            _seen.Remove(gone);
        if (nodes.TrueForAll(n => n.Id != self))
            nodes.Add(fallback);
        return new ClusterView(self, nodes);
    }

    private static TimeSpan Positive(TimeSpan span) => span > TimeSpan.Zero ? span : TimeSpan.Zero;
}

namespace Posthorn.Clustering;

/// <summary>A node of a cluster, as another one sees it.</summary>
/// <param name="Id">Its number, another one after each start; never used twice.</param>
/// <param name="Name">What people call it. Names should differ.</param>
public sealed record ClusterNode(long Id, string Name)
{
    /// <summary>What it does.</summary>
    public NodeState State { get; init; }

    /// <summary>When it started, by its own clock.</summary>
    public DateTimeOffset StartedAt { get; init; }

    /// <summary>How long ago it was heard of.</summary>
    public TimeSpan Silence { get; init; }

    /// <summary>What it last told of itself.</summary>
    public NodeReport Report { get; init; } = NodeReport.None;
}

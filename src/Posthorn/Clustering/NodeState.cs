namespace Posthorn.Clustering;

/// <summary>What a node of a cluster does.</summary>
public enum NodeState
{
    /// <summary>It works.</summary>
    Live,
    /// <summary>It takes on nothing new, and finishes what it has begun.</summary>
    Draining,
    /// <summary>Nothing was heard of it for so long that others do its work.</summary>
    Dead,
}

using System.Text.Json.Serialization;

namespace Posthorn.Client.Contracts.Nodes;

/// <summary>What a node does.</summary>
[JsonConverter(typeof(KebabCase<NodeState>))]
public enum NodeState
{
    /// <summary>It works.</summary>
    Live,
    /// <summary>It takes on nothing new, and finishes what it has begun.</summary>
    Draining,
    /// <summary>Nothing was heard of it for seconds; others do its work.</summary>
    Dead,
}

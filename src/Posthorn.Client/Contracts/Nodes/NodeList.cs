namespace Posthorn.Client.Contracts.Nodes;

/// <summary>The nodes that share the queues.</summary>
/// <param name="Nodes">The nodes, by name.</param>
public sealed record NodeList(IReadOnlyList<NodeInfo> Nodes);

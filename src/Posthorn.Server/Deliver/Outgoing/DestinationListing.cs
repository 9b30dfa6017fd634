namespace Posthorn.Server.Deliver.Outgoing;

/// <summary>The destinations of all nodes.</summary>
/// <param name="Destinations">Ordered by name.</param>
/// <param name="Nodes">The other nodes, and how what is said of their destinations was learnt; none where a node is alone.</param>
public sealed record DestinationListing(IReadOnlyList<DestinationStatus> Destinations, IReadOnlyList<TellingNode> Nodes);

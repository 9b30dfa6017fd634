namespace Posthorn.Client.Contracts.Destinations;

/// <summary>The destinations that the nodes deliver to or have mail for.</summary>
/// <param name="Destinations">The destinations.</param>
public sealed record DestinationList(IReadOnlyList<DestinationInfo> Destinations)
{
    /// <summary>The nodes besides the one that was asked, and when each told of its destinations; null where a node is alone.</summary>
    public IReadOnlyList<DestinationSource>? Nodes { get; init; }
}

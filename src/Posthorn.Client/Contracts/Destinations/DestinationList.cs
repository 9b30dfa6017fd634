namespace Posthorn.Client.Contracts.Destinations;

/// <summary>The destinations that the server delivers to or has mail for.</summary>
/// <param name="Destinations">The destinations.</param>
public sealed record DestinationList(IReadOnlyList<DestinationInfo> Destinations);

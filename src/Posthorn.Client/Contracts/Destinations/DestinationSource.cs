namespace Posthorn.Client.Contracts.Destinations;

/// <summary>How far what is said of another node's destinations is to be trusted.</summary>
/// <param name="Name">The node.</param>
/// <param name="Age">How long ago it told of them; null when it has told nothing: it has just come, or is of an earlier version.</param>
/// <param name="LeftOff">How many of its destinations it had no room to tell of: those that are busy or in trouble come first.</param>
public sealed record DestinationSource(string Name, TimeSpan? Age, int LeftOff);

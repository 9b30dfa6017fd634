namespace Posthorn.Server.Deliver.Outgoing;

/// <summary>How far the figures of another node's destinations are to be trusted.</summary>
/// <param name="Name">The node.</param>
/// <param name="Age">How long ago it told of them; null when it has told nothing that can be read.</param>
/// <param name="LeftOff">How many of its destinations it had no room to tell of: those that are busy or in trouble come first.</param>
public sealed record TellingNode(string Name, TimeSpan? Age, int LeftOff);

using System.Net;

namespace Posthorn.Server.Deliver.Outgoing.Resolving;

/// <summary>A host that takes mail.</summary>
/// <param name="Host">Its name, or its address as text.</param>
/// <param name="Port">Where it listens.</param>
/// <param name="Preference">Lower is tried first.</param>
public sealed record Exchanger(string Host, int Port, int Preference)
{
    /// <summary>Its address when it was named by that; null has to be looked up.</summary>
    public IPAddress? Address { get; init; }
}

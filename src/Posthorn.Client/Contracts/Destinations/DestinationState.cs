using System.Text.Json.Serialization;

namespace Posthorn.Client.Contracts.Destinations;

/// <summary>What a destination does.</summary>
[JsonConverter(typeof(KebabCase<DestinationState>))]
public enum DestinationState
{
    /// <summary>Mail goes there as it comes.</summary>
    Active,
    /// <summary>It failed too often in a row; mail waits until its back-off ends.</summary>
    BackingOff,
    /// <summary>A standing order stops it.</summary>
    Suspended,
}

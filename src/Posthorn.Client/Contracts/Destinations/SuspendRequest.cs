namespace Posthorn.Client.Contracts.Destinations;

/// <summary>Stops the delivery to a destination; its mail waits.</summary>
public sealed record SuspendRequest
{
    /// <summary>How long; null until it is resumed.</summary>
    public TimeSpan? For { get; init; }

    /// <summary>Why, for those who look.</summary>
    public string? Reason { get; init; }
}

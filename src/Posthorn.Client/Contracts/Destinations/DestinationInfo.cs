namespace Posthorn.Client.Contracts.Destinations;

/// <summary>A destination that mail goes to: a domain, or the mail exchangers that many domains share.</summary>
public sealed record DestinationInfo
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Whether deliveries to it are suspended, by an order or because it failed.</summary>
    public required bool Suspended { get; init; }

    /// <summary>When deliveries go on by themselves; null when they are not suspended, or until they are resumed.</summary>
    public DateTimeOffset? SuspendedUntil { get; init; }

    /// <summary>Why they are suspended.</summary>
    public string? Reason { get; init; }

    /// <summary>Messages that wait for it.</summary>
    public required long Messages { get; init; }

    /// <summary>Deliveries under way.</summary>
    public required int Active { get; init; }

    /// <summary>Connections open to it.</summary>
    public required int Connections { get; init; }

    /// <summary>How many deliveries may be under way at once, as its answers have it.</summary>
    public required int Concurrency { get; init; }

    /// <summary>The last reply or error of the other side.</summary>
    public string? LastReply { get; init; }
}

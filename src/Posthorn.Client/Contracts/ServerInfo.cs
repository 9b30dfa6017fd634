namespace Posthorn.Client.Contracts;

/// <summary>How a server is.</summary>
public sealed record ServerInfo
{
    /// <summary>Its version.</summary>
    public required string Version { get; init; }

    /// <summary>Its configured host name.</summary>
    public required string Hostname { get; init; }

    /// <summary>What people call this node among those that share its queues.</summary>
    public string? Node { get; init; }

    /// <summary>Whether it drains: takes on nothing new.</summary>
    public bool IsDraining { get; init; }

    /// <summary>When it started.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>What the engine does.</summary>
    public required EngineState Engine { get; init; }

    /// <summary>Why the engine does not serve fully; null while it does.</summary>
    public string? Reason { get; init; }

    /// <summary>Free bytes where the engine writes.</summary>
    public required long FreeBytes { get; init; }

    /// <summary>Number of queues.</summary>
    public required int Queues { get; init; }

    /// <summary>Messages in all queues.</summary>
    public required long Messages { get; init; }
}

namespace Posthorn.Client.Contracts.Nodes;

/// <summary>A node, as the one that was asked sees it.</summary>
public sealed record NodeInfo
{
    /// <summary>What people call it.</summary>
    public required string Name { get; init; }

    /// <summary>Its number, another one after each start.</summary>
    public required long Id { get; init; }

    /// <summary>Whether it is the one that was asked.</summary>
    public required bool IsSelf { get; init; }

    /// <summary>What it does.</summary>
    public required NodeState State { get; init; }

    /// <summary>When it started, by its own clock.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>How long ago it was heard of.</summary>
    public required TimeSpan Silence { get; init; }

    /// <summary>The version of its program.</summary>
    public required string Version { get; init; }

    /// <summary>Where its doors listen.</summary>
    public required IReadOnlyList<string> Doors { get; init; }

    /// <summary>Destinations of outgoing mail that it delivers to.</summary>
    public required int Destinations { get; init; }

    /// <summary>Its connections to other mail servers.</summary>
    public required int Connections { get; init; }

    /// <summary>Sessions of clients at its doors for mail.</summary>
    public required int Sessions { get; init; }

    /// <summary>Deliveries under way.</summary>
    public required int Deliveries { get; init; }

    /// <summary>Messages it accepted by the minute, over the last minute.</summary>
    public required double AcceptedPerMinute { get; init; }

    /// <summary>Recipients and calls it delivered by the minute, over the last minute.</summary>
    public required double DeliveredPerMinute { get; init; }
}

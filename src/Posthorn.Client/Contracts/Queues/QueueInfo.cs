namespace Posthorn.Client.Contracts.Queues;

/// <summary>A queue and what it holds.</summary>
public sealed record QueueInfo
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>All messages, whatever their state.</summary>
    public required long Messages { get; init; }

    /// <summary>Those that could be received now.</summary>
    public required long Ready { get; init; }

    /// <summary>Those whose due time has not come.</summary>
    public required long Delayed { get; init; }

    /// <summary>Those that a consumer holds.</summary>
    public required long Leased { get; init; }

    /// <summary>Those that an administrator holds.</summary>
    public required long Held { get; init; }

    /// <summary>Bytes of all of them.</summary>
    public required long Bytes { get; init; }

    /// <summary>Messages that were consumed and are kept to be replayed; none of <see cref="Messages"/>.</summary>
    public long Consumed { get; init; }

    /// <summary>Bytes of <see cref="Consumed"/>.</summary>
    public long ConsumedBytes { get; init; }

    /// <summary>When the oldest of them came in; null when it is empty.</summary>
    public DateTimeOffset? OldestEnqueuedAt { get; init; }

    /// <summary>Another one for each queue ever made, also for one of the same name (IMAP's UIDVALIDITY).</summary>
    public required long Identity { get; init; }

    /// <summary>The number that the next message will get.</summary>
    public required long NextNumber { get; init; }

    /// <summary>Its priority lane and its delayed lane; null when it is not fair and no group of it is deferred.</summary>
    public QueueLanes? Lanes { get; init; }

    /// <summary>How it behaves.</summary>
    public required QueueSettings Settings { get; init; }
}

namespace Posthorn.Server.Retrieve.Queues.Moving;

/// <summary>A move task as it is kept: over restarts, and for a time after its end.</summary>
internal sealed record MoveTaskRecord
{
    public required string Id { get; init; }

    /// <summary>The dead-letter queue.</summary>
    public required string Source { get; init; }

    /// <summary>Where everything goes; null is where each came from.</summary>
    public string? Destination { get; init; }

    /// <summary>The node that does it; 0 in those of earlier versions.</summary>
    public long Node { get; init; }

    /// <summary>The ARNs as they were given.</summary>
    public required string SourceArn { get; init; }

    public string? DestinationArn { get; init; }

    public int? MessagesPerSecond { get; init; }

    public required MoveTaskState State { get; init; }

    /// <summary>Unix milliseconds.</summary>
    public required long StartedAt { get; init; }

    public long Moved { get; init; }

    /// <summary>How many there were to move when it began.</summary>
    public long ToMove { get; init; }

    /// <summary>A code, of one that failed.</summary>
    public string? FailureReason { get; init; }

    public bool IsActive => State is MoveTaskState.Running or MoveTaskState.Cancelling;
}

namespace Posthorn.Server.Operate.Timeline;

/// <summary>What can happen to a message.</summary>
public enum TimelineKind
{
    /// <summary>It came in and is durable.</summary>
    Accepted,
    /// <summary>A rule of the pipeline decided something about it.</summary>
    Decided,
    /// <summary>It came into a queue (another message of the same origin may be made by a split).</summary>
    Queued,
    /// <summary>A mailet or matcher failed on it.</summary>
    Failed,
    /// <summary>A delivery was attempted; the detail is the remote's reply.</summary>
    Attempted,
    /// <summary>Recipients were delivered.</summary>
    Delivered,
    /// <summary>It waits for its next attempt.</summary>
    Deferred,
    /// <summary>Recipients were bounced.</summary>
    Bounced,
    /// <summary>It waited in the delayed lane of its queue; the detail says since when and why.</summary>
    Delayed,
    /// <summary>It left the delayed lane.</summary>
    Resumed,
    /// <summary>A consumer leased it.</summary>
    Leased,
    /// <summary>A consumer gave it back, or its lease ended.</summary>
    Released,
    /// <summary>A consumer acked it.</summary>
    Consumed,
    /// <summary>An administrator or a rule held it.</summary>
    Held,
    /// <summary>An administrator or a rule changed it: priority, due time, queue.</summary>
    Changed,
    /// <summary>An administrator or a rule removed it.</summary>
    Removed,
    /// <summary>It went to a dead-letter queue.</summary>
    DeadLettered,
}

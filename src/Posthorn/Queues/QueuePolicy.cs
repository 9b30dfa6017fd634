namespace Posthorn.Queues;

/// <summary>How one queue behaves. A policy is replaced whole, by a commit (<see cref="Commits.Commit.SetQueue"/>).</summary>
public sealed record QueuePolicy
{
    /// <summary>The policy of a queue that is made on demand: all defaults.</summary>
    public static QueuePolicy Default { get; } = new();

    /// <summary>How long a lease lasts when the consumer names no time: 0 s to 12 h, 30 s by default (SQS VisibilityTimeout).</summary>
    public TimeSpan VisibilityTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a message waits before its first delivery when its sender names no time; zero or more.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>How long a message may stay, counted from its acceptance; null keeps it for ever. What is too old is removed within a minute; held messages stay.</summary>
    public TimeSpan? Retention { get; init; }

    /// <summary>After how many receives without an ack a message goes to <see cref="DeadLetterQueue"/>: 1 or more; null is never.</summary>
    public int? ReceivesMax { get; init; }

    /// <summary>Where messages go that were received <see cref="ReceivesMax"/> times without an ack; null only when that is null.</summary>
    public QueueName? DeadLetterQueue { get; init; }

    /// <summary>Largest message taken, in bytes of content; null is no limit of its own.</summary>
    public long? MessageBytesMax { get; init; }

    /// <summary>Most bytes of content the queue holds before it refuses more with <see cref="Engine.QueueFullException"/> (a mailbox's quota); null is no limit.</summary>
    public long? BytesMax { get; init; }

    /// <summary>Most messages the queue holds before it refuses more with <see cref="Engine.QueueFullException"/>; null is no limit.</summary>
    public long? MessagesMax { get; init; }

    /// <summary>A paused queue takes messages but hands none out.</summary>
    public bool IsPaused { get; init; }
}

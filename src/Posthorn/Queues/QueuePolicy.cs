namespace Posthorn.Queues;

/// <summary>How one queue behaves. A policy is replaced whole, by a commit (<see cref="Commits.Commit.SetQueue"/>).</summary>
public sealed record QueuePolicy
{
    /// <summary>The policy of a queue that is made on demand: all defaults.</summary>
    public static QueuePolicy Default { get; } = new();

    /// <summary>How long a lease lasts when the consumer names no time: 0 s to 12 h, 30 s by default (SQS VisibilityTimeout).</summary>
    public TimeSpan VisibilityTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Whether the messages of a group (<see cref="Messages.NewMessage.Group"/>; those without one are one group) are handed out strictly in the
    /// order of their numbers: while one of them is leased, delayed or held, those behind it wait; other groups go on and take turns.
    /// Priorities do not count in such a queue. Cannot be changed while the queue holds messages (<see cref="Commits.ConflictReason.QueueNotEmpty"/>).
    /// </summary>
    public bool IsFifo { get; init; }

    /// <summary>For how long a <see cref="Messages.NewMessage.DeduplicationId"/> is remembered, counted from the message that had it first: 0 to 7 days, 5 minutes by default (SQS).</summary>
    public TimeSpan DeduplicationWindow { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Where a deduplication id must be the only one of its kind.</summary>
    public DeduplicationScope DeduplicationScope { get; init; }

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

    /// <summary>
    /// Most messages that consumers may hold at once, 1 or more: beyond it a receive gives nothing until one comes back or goes
    /// (<see cref="QueueStatus.IsAtLeasesMax"/>); null is no limit. SQS has 120 000.
    /// </summary>
    public int? LeasesMax { get; init; }

    /// <summary>
    /// For how long a message is kept when it was acked or removed, so that it can be replayed (<see cref="Commits.Commit.Replay"/>): more than 0;
    /// null keeps none. What is kept (<see cref="Messages.MessageState.Consumed"/>) is no message of the queue any more: it is not received, not
    /// counted and not in the way of limits. At most <see cref="MessagesMax"/> messages and <see cref="BytesMax"/> bytes of it are kept, the oldest
    /// go first. What is too old, purged or <see cref="Commits.Commit.Discard">discarded</see> is not kept. Ends within a minute of its time.
    /// </summary>
    public TimeSpan? KeepConsumed { get; init; }

    /// <summary>
    /// By what tenants are told apart, so that none keeps the others waiting; null hands out by priority and age alone. In a fair queue priority and
    /// age count among the tenants that keep to their share, and within each tenant. Not in a FIFO queue, whose groups take turns anyway.
    /// </summary>
    public QueueFairness? Fairness { get; init; }

    /// <summary>A paused queue takes messages but hands none out.</summary>
    public bool IsPaused { get; init; }
}

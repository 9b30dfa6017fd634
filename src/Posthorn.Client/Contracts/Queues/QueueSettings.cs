namespace Posthorn.Client.Contracts.Queues;

/// <summary>How a queue behaves. What is left out is the default.</summary>
/// <remarks>
/// What has a default other than zero has a setter: generated code that reads JSON gives every init-only property a value, zero where the JSON has none.
/// </remarks>
public sealed record QueueSettings
{
    /// <summary>How long a lease lasts when the consumer names no time: 0 s to 12 h; 30 s by default.</summary>
    public TimeSpan VisibilityTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a message waits before its first delivery when its sender names no time.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>How long a message may stay, counted from its acceptance; null keeps it for ever.</summary>
    public TimeSpan? Retention { get; init; }

    /// <summary>After how many receives without an ack a message goes to <see cref="DeadLetter"/>; null is never.</summary>
    public int? MaxReceives { get; init; }

    /// <summary>The dead-letter queue; given together with <see cref="MaxReceives"/>.</summary>
    public string? DeadLetter { get; init; }

    /// <summary>Largest message taken, in bytes; null is no limit of its own.</summary>
    public long? MaxMessageBytes { get; init; }

    /// <summary>Most bytes the queue holds before it refuses more; null is no limit.</summary>
    public long? MaxBytes { get; init; }

    /// <summary>Most messages the queue holds before it refuses more; null is no limit.</summary>
    public long? MaxMessages { get; init; }

    /// <summary>Whether each group is handed out strictly in its order, priorities aside. Cannot be changed while the queue holds messages.</summary>
    public bool Fifo { get; init; }

    /// <summary>For how long a deduplication id is remembered: 0 to 7 days; 5 minutes by default.</summary>
    public TimeSpan DeduplicationWindow { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Where a deduplication id stands for one message only.</summary>
    public DeduplicationScope DeduplicationScope { get; init; }

    /// <summary>For how long what was consumed is kept to be replayed; null keeps none.</summary>
    public TimeSpan? KeepConsumed { get; init; }

    /// <summary>Most messages that consumers may hold at once; null is no limit.</summary>
    public int? LeasesMax { get; init; }

    /// <summary>By what tenants are told apart so that none keeps the others waiting: <c>group</c> or <c>attribute(name)</c>; null is priority and age alone.</summary>
    public string? Fairness { get; init; }

    /// <summary>Whether the queue takes messages but hands none out.</summary>
    public bool Paused { get; init; }
}

using Posthorn.Bodies;
using Posthorn.Queues;

namespace Posthorn.Messages;

/// <summary>A message to be added to a queue.</summary>
public sealed record NewMessage
{
    /// <summary>The queue it goes to; made with <see cref="QueuePolicy.Default"/> when it does not exist.</summary>
    public required QueueName Queue { get; init; }

    /// <summary>What it carries. The same <see cref="Body"/> given to several messages of a commit is stored once.</summary>
    public required Content Content { get; init; }

    /// <summary>Sender and recipients.</summary>
    public Envelope Envelope { get; init; } = Envelope.None;

    /// <summary>Named values that travel with it.</summary>
    public IReadOnlyDictionary<string, AttributeValue> Attributes { get; init; } = new Dictionary<string, AttributeValue>(StringComparer.Ordinal);

    /// <summary>Keywords (IMAP flags).</summary>
    public IReadOnlyList<string> Flags { get; init; } = [];

    /// <summary>0 to 9; higher first.</summary>
    public Priority Priority { get; init; }

    /// <summary>
    /// From when on it can be received; null is now plus the queue's delay; a time that has passed is now. In a FIFO queue all that follow in its
    /// group wait with it.
    /// </summary>
    public DateTimeOffset? DueAt { get; init; }

    /// <summary>
    /// Partitions the queue: 1 to 255 characters, or null. A consumer can ask for one group alone
    /// (<see cref="Leases.LeaseRequest.Group"/>): the outgoing queue groups by destination. In a FIFO queue order holds within a group.
    /// </summary>
    public string? Group { get; init; }

    /// <summary>
    /// Names what is sent, whoever sends it and however often: 1 to 128 characters, or null. A message whose id came to the queue within its
    /// <see cref="QueuePolicy.DeduplicationWindow"/> is not added; it is answered with the first one's id and number
    /// (<see cref="Commits.AddedMessage.IsDuplicate"/>), also when that one was consumed meanwhile. Kept over restarts. In every kind of queue;
    /// only adding is looked at, not moving.
    /// </summary>
    public string? DeduplicationId { get; init; }

    /// <summary>The message from which it is made; null makes it an origin of its own.</summary>
    public MessageId? Origin { get; init; }

    /// <summary>When the origin was accepted; null is now. Given together with <see cref="Origin"/>.</summary>
    public DateTimeOffset? AcceptedAt { get; init; }

    /// <summary>Why it is where it is (a dead letter's error); null for none.</summary>
    public string? LastError { get; init; }

    /// <summary>Whether it comes in held.</summary>
    public bool IsHeld { get; init; }

    /// <summary>Set for what comes from another shard, which only a <see cref="Sharding.IShard"/> takes; null for everything else.</summary>
    internal Arrival? Arrival { get; init; }
}

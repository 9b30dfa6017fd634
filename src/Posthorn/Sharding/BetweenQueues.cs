using Posthorn.Queues;

namespace Posthorn.Sharding;

/// <summary>Queues that each shard has for itself, of which callers see nothing: what is on its way from one to another.</summary>
internal static class BetweenQueues
{
    private const string Prefix = "spool/between";
    private const string LettersPrefix = Prefix + "/letters/";

    /// <summary>What was decided here and is to happen in other shards.</summary>
    public static QueueName Outbox { get; } = QueueName.Parse(Prefix + "/shards");

    /// <summary>What says that something decided in another shard has happened here.</summary>
    public static QueueName Receipts { get; } = QueueName.Parse(Prefix + "/receipts");

    /// <summary>Whether a queue is one of them.</summary>
    public static bool Has(QueueName queue) => queue.IsBelow(Prefix);

    /// <summary>Where an engine puts dead letters whose queue is in another shard.</summary>
    /// <exception cref="ArgumentException">The dead-letter queue's name is too long for it.</exception>
    public static QueueName LettersFor(QueueName deadLetterQueue) => deadLetterQueue.Value.Length + LettersPrefix.Length <= QueueName.LengthMax
        ? QueueName.Parse(LettersPrefix + deadLetterQueue.Value)
        : throw new ArgumentException(
            $"The dead-letter queue '{deadLetterQueue}' is in another shard than the queue it belongs to: its name may have {QueueName.LengthMax - LettersPrefix.Length} characters at most.");

    /// <summary>The dead-letter queue whose letters such a queue takes; null for all others.</summary>
    public static QueueName? DeadLetterQueueOf(QueueName letters) =>
        letters.Value.StartsWith(LettersPrefix, StringComparison.Ordinal) ? QueueName.Parse(letters.Value[LettersPrefix.Length..]) : null;
}

using Posthorn.Queues;

namespace Posthorn.PostgreSql.Committing;

/// <summary>What a decided commit does to one queue, for those who wait for it, watch it or count it.</summary>
internal sealed class CommitEffects(long queueId, QueueName queue)
{
    public long QueueId { get; } = queueId;

    public QueueName Queue { get; } = queue;

    /// <summary>The queue's highest mod-seq before and after.</summary>
    public long ModSeqBefore { get; set; }

    public long ModSeq { get; set; }

    /// <summary>What is told, in its order.</summary>
    public List<QueueChange> Changes { get; } = [];

    /// <summary>Groups of which a message became ready.</summary>
    public HashSet<string> Groups { get; } = new(StringComparer.Ordinal);

    /// <summary>Groups of all messages that came, changed or went.</summary>
    public HashSet<string> TouchedGroups { get; } = new(StringComparer.Ordinal);

    /// <summary>The earliest due time it set, in ticks; null for none.</summary>
    public long? DueAt { get; set; }

    public int Added { get; set; }

    public int Removed { get; set; }

    /// <summary>Whether the queue was made, deleted or given another policy.</summary>
    public bool IsRemade { get; set; }

    /// <summary>Whether the queue is gone.</summary>
    public bool IsDeleted { get; set; }

    /// <summary>Whether it keeps more than it may of what was consumed.</summary>
    public bool KeepsTooMuch { get; set; }
}

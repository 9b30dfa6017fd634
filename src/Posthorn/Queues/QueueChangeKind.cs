namespace Posthorn.Queues;

/// <summary>What happened in a queue that is watched.</summary>
public enum QueueChangeKind
{
    /// <summary>A message came in: sent, moved here, or replayed.</summary>
    Added,
    /// <summary>A message is another than before: a commit changed or released it, a lease began or ended, its due time came, or it was held or let go.</summary>
    Changed,
    /// <summary>A message is gone: acked, removed, moved away, too old, or consumed and kept.</summary>
    Removed,
    /// <summary>The queue is gone with all its messages, of which nothing more is told. One that is made later under its name is another one, and is told of.</summary>
    QueueRemoved,
    /// <summary>More happened than the watch holds, and it was forgotten: list the queue anew. What comes behind this is told again.</summary>
    Lost,
}

namespace Posthorn.Commits;

/// <summary>What can stand in the way of an operation on a message.</summary>
public enum ConflictReason
{
    /// <summary>There is no such message (any more).</summary>
    MessageNotFound,
    /// <summary>The lease has ended: by its time, by an administrator, or with the process that gave it.</summary>
    LeaseEnded,
    /// <summary>Another commit on the same message is on its way to the disk.</summary>
    MessageBusy,
    /// <summary>The queue holds messages, so that it cannot become a FIFO queue or cease to be one, or be removed as an empty one.</summary>
    QueueNotEmpty,
    /// <summary>The message was changed or moved by a commit since it was looked at (<see cref="Messages.MessageReference.UnchangedSince"/>).</summary>
    MessageChanged,
    /// <summary>A message with the id that one from another shard came with is there already. Only among the shards of one engine (<see cref="Sharding.ShardedEngine"/>).</summary>
    MessageExists,
}

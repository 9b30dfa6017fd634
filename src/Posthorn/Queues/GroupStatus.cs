namespace Posthorn.Queues;

/// <summary>What one group of a queue holds; see <see cref="Messages.NewMessage.Group"/>.</summary>
/// <param name="Group">The group's key.</param>
/// <param name="Ready">Messages of the group that are ready; in a FIFO queue those before them may still be in somebody's hands.</param>
/// <param name="Messages">All messages of the group.</param>
/// <param name="OldestEnqueuedAt">When the oldest of them came into the queue.</param>
public sealed record GroupStatus(string Group, long Ready, long Messages, DateTimeOffset OldestEnqueuedAt)
{
    /// <summary>Messages of the group that consumers hold.</summary>
    public long Leased { get; init; }

    /// <summary>Since when it is in the delayed lane, for its share or because a consumer has deferred it; null when it is not.</summary>
    public DateTimeOffset? DelayedSince { get; init; }
}

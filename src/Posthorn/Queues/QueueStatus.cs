namespace Posthorn.Queues;

/// <summary>What a queue holds at one moment. Every figure is kept as the queue changes, so asking costs the same whatever waits.</summary>
/// <param name="Name">The queue.</param>
/// <param name="Identity">Grows with every queue made in this store: a queue deleted and made again has another one (IMAP's UIDVALIDITY).</param>
/// <param name="Policy">Its policy.</param>
/// <param name="Ready">Messages that could be received now; counted too while the queue is paused, and while those before them in their FIFO group are in somebody's hands.</param>
/// <param name="Delayed">Messages whose due time has not come.</param>
/// <param name="Leased">Messages that a consumer holds.</param>
/// <param name="Held">Messages that an administrator holds.</param>
/// <param name="Bytes">Bytes of content of all of them; a body shared by several counts in each.</param>
/// <param name="OldestEnqueuedAt">When the oldest of them came into this queue; null when it is empty.</param>
/// <param name="NextNumber">The number that the next message will get.</param>
public sealed record QueueStatus(
    QueueName Name,
    long Identity,
    QueuePolicy Policy,
    long Ready,
    long Delayed,
    long Leased,
    long Held,
    long Bytes,
    DateTimeOffset? OldestEnqueuedAt,
    long NextNumber)
{
    /// <summary>All messages of the queue, whatever their state: one being processed still counts until it is removed.</summary>
    public long Messages => Ready + Delayed + Leased + Held;

    /// <summary>Messages that were consumed and are kept to be replayed; none of <see cref="Messages"/>. See <see cref="QueuePolicy.KeepConsumed"/>.</summary>
    public long Consumed { get; init; }

    /// <summary>Bytes of content of <see cref="Consumed"/>; not in <see cref="Bytes"/>.</summary>
    public long ConsumedBytes { get; init; }

    /// <summary>
    /// The <see cref="Messages.Message.ModSeq"/> of the last commit that changed anything in the queue, removals included (IMAP's HIGHESTMODSEQ); 1 or
    /// more. After a restart it may be higher than that, never lower than it was.
    /// </summary>
    public long HighestModSeq { get; init; }

    /// <summary>Its lanes, when it is fair or a group of it is deferred.</summary>
    public LaneFigures Lanes { get; init; } = LaneFigures.None;

    /// <summary>Whether consumers hold as many messages as they may: a receive gives nothing because of that, whatever is ready.</summary>
    public bool IsAtLeasesMax => Leased >= Policy.LeasesMax;
}

namespace Posthorn.Queues;

/// <summary>One thing that happened in a queue that is watched.</summary>
/// <param name="Number">The message's number in the queue; 0 when it is about the queue as a whole.</param>
/// <param name="Kind">What happened.</param>
/// <param name="ModSeq">
/// The message's <see cref="Messages.Message.ModSeq"/> after it, which a lease and the time leave as it was; of one that is gone, that of the commit
/// that ended it; 0 when it is about the queue as a whole.
/// </param>
public readonly record struct QueueChange(long Number, QueueChangeKind Kind, long ModSeq);

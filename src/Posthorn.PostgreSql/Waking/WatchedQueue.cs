using Posthorn.Engine;
using Posthorn.Queues;

namespace Posthorn.PostgreSql.Waking;

/// <summary>The watches of a queue on this node. Guarded by the engine's lock.</summary>
/// <remarks>
/// Commits of other nodes are told when they are heard of, which may be after a later one of this node was told. Every commit knows the queue's
/// mod-seq before it: where there is a gap, the readers are told to list anew, and what comes late is left out.
/// </remarks>
internal sealed class WatchedQueue
{
    private readonly List<QueueWatch> _watches = [];
    private long _toldQueueId;
    private long _toldModSeq = -1;

    public bool IsEmpty => _watches.Count == 0;

    public void Add(QueueWatch watch) => _watches.Add(watch);

    public void Remove(QueueWatch watch) => _watches.Remove(watch);

    /// <summary>Tells what a commit did.</summary>
    /// <param name="queueId">The queue's identity: another one of the same name begins anew.</param>
    /// <param name="modSeqBefore">The queue's mod-seq before the commit.</param>
    /// <param name="modSeq">And after it.</param>
    /// <param name="changes">What it did; null when it is not known.</param>
    public void Tell(long queueId, long modSeqBefore, long modSeq, IReadOnlyList<QueueChange>? changes)
    {
        if (queueId < _toldQueueId || (queueId == _toldQueueId && modSeq <= _toldModSeq && changes is not [{ Kind: QueueChangeKind.QueueRemoved }]))
            return;
        var isNext = _toldModSeq < 0 || queueId != _toldQueueId || modSeqBefore == _toldModSeq;
        (_toldQueueId, _toldModSeq) = (queueId, modSeq);
        if (changes is null || !isNext)
        {
            Lose();
            return;
        }
        foreach (var change in changes)
            Tell(change);
    }

    /// <summary>Tells something that no commit did: a lease, its end, a due time.</summary>
    public void Tell(in QueueChange change)
    {
        foreach (var watch in _watches)
            watch.Tell(change);
    }

    /// <summary>Something may have been missed.</summary>
    public void Lose() => Tell(new QueueChange(0, QueueChangeKind.Lost, 0));

    public void End()
    {
        foreach (var watch in _watches.ToList())
            watch.End();
    }
}

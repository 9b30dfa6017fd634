using Posthorn.Journal.Index;
using Posthorn.Messages;
using Posthorn.Queues;

namespace Posthorn.Journal;

/// <summary>What was consumed and is kept to be replayed: it goes when its time is over, or when it is more than its queue may keep.</summary>
public sealed partial class JournalEngine
{
    private void NoteConsumption(QueueState queue)
    {
        if (queue.KeepsTooMuch)
            _chores.Set();
        HousekeepIn(SweepEvery);
    }

    private async ValueTask RemoveConsumedAsync()
    {
        while (true)
        {
            var old = new List<MessageId>();
            lock (_gate)
            {
                var isAnyKept = false;
                foreach (var queue in _index.VisibleQueues.Where(queue => queue.ConsumedSlots.Count > 0))
                {
                    isAnyKept = true;
                    queue.CollectConsumed(KeptFrom(queue.Policy), old, RemovedAtOnce);
                }
                if (isAnyKept)
                    HousekeepIn(SweepEvery);
            }
            if (old.Count == 0 || !await TryRemoveAsync(old))
                return;
        }
    }

    /// <summary>The last second of which nothing is kept any more.</summary>
    private uint KeptFrom(QueuePolicy policy)
    {
        if (policy.KeepConsumed is not { } kept)
            return uint.MaxValue - 1;
        var before = (WallNow - (long)Math.Min(kept.TotalMilliseconds, UInt48.Max) - Entry.AcceptedEpoch) / 1000;
        return (uint)Math.Clamp(before, 0, uint.MaxValue - 1);
    }
}

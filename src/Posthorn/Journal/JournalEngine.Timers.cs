using Posthorn.Journal.Format;
using Posthorn.Journal.Writing;
using Posthorn.Messages;

namespace Posthorn.Journal;

/// <summary>Time: what becomes due, leases that end, receive counts that are to be written. One timer, set to what comes first.</summary>
public sealed partial class JournalEngine
{
    /// <summary>How many messages change their place under one hold of the lock: a million due at once must not stop everybody else.</summary>
    private const int TickMessages = 1024;
    private const long LookMilliseconds = 3_600_000;

    /// <summary>Receive counts are written this long after the first lease at the latest, without a sync of their own.</summary>
    private static readonly TimeSpan ReceiveCountDelay = TimeSpan.FromMilliseconds(100);

    private readonly ITimer _timer;
    private readonly HashSet<ulong> _received = [];
    private readonly HashSet<ulong> _toDeadLetter = [];
    private long _timerAt = long.MaxValue;
    private long _receiveCountsAt = long.MaxValue;
    private bool _areReceiveCountsDue;

    private void OnTimer()
    {
        try
        {
            lock (_gate)
            {
                if (_failure is not null || _isClosing)
                    return;
                _timerAt = long.MaxValue;
                Tick();
                ServeWaiters();
                if (MonotonicNow >= _receiveCountsAt)
                {
                    // Set once: the writer may be in a slow sync, and a time that has passed would fire the timer again and again.
                    (_receiveCountsAt, _areReceiveCountsDue) = (long.MaxValue, true);
                    _work.Set();
                }
                if (MonotonicNow >= _lingerAt)
                {
                    _lingerAt = long.MaxValue;
                    _work.Set();
                }
                if (MonotonicNow >= _housekeepingAt)
                {
                    _housekeepingAt = long.MaxValue;
                    WakeHousekeepers();
                }
                SetTimer();
            }
        }
        catch (Exception e)
        {
            Fail(e);
        }
    }

    /// <summary>Brings the index to the present, at most <see cref="TickMessages"/> messages of it; the timer brings the rest.</summary>
    private void Tick()
    {
        _index.SetNow(NowTicks);
        var budget = TickMessages;
        while (budget-- > 0 && _index.TryMakeDue())
        {
        }
        while (budget-- > 0 && _index.TryEndLease(MonotonicNow) is var slot and not 0)
        {
            ref var entry = ref _index.Entries[slot];
            var policy = _index.QueueOf(entry).Policy;
            if (policy.DeadLetterQueue is not null && entry.ReceiveCount >= policy.ReceivesMax)
            {
                _toDeadLetter.Add(entry.Id);
                _chores.Set();
            }
            else
                _index.Return(slot);
        }
        if (_deferralEnds.Count > 0)
            EndDeferrals();
        if (_toServe.Count > 0)
            ServeWaiters();
    }

    private void SetTimer()
    {
        var now = MonotonicNow;
        var due = _index.Due.NextDue;
        var next = Math.Min(due == long.MaxValue ? due : now + Math.Max(due - WallNow, 0), _index.LeaseEnds.NextDue);
        next = Math.Min(next, NextDeferralEnd);
        next = Math.Min(next, Math.Min(_lingerAt, Math.Min(_receiveCountsAt, _housekeepingAt)));
        if (next >= _timerAt && _timerAt > now)
            return;
        _timerAt = next;
        if (next == long.MaxValue)
            return;
        // Timers count at most 49 days; the wall clock may be set meanwhile too, so the next look is an hour away at most.
        var wait = Math.Clamp(next - now, 0, LookMilliseconds);
        _timerAt = now + wait;
        _timer.Change(TimeSpan.FromMilliseconds(wait), Timeout.InfiniteTimeSpan);
    }

    private void NoteReceive(int slot)
    {
        _received.Add(_index.Entries[slot].Id);
        if (_receiveCountsAt == long.MaxValue && !_areReceiveCountsDue)
            _receiveCountsAt = MonotonicNow + (long)ReceiveCountDelay.TotalMilliseconds;
    }

    /// <summary>Adds the receive counts to the batch that is written next, when they are due; those of messages that are gone by then cost nothing.</summary>
    private void AddReceiveCounts()
    {
        if (_received.Count == 0 || (!_areReceiveCountsDue && MonotonicNow < _receiveCountsAt && !_isClosing))
            return;
        var pending = new PendingCommit { NeedsSync = false, IsInternal = true };
        List<ulong>? later = null;
        foreach (var id in _received)
        {
            var slot = _index.Find(new MessageId(id));
            if (slot == 0)
                continue;
            if (!_index.Entries[slot].IsCommitting)
                Operation.OfId(pending.Operations, OperationKind.ReceiveCount, id, _index.Entries[slot].ReceiveCount);
            else if (_index.IsReceivedMeanwhile(slot))
                (later ??= []).Add(id); // what is on its way has the count of before
        }
        _received.Clear();
        (_receiveCountsAt, _areReceiveCountsDue) = (long.MaxValue, false);
        if (later is not null)
        {
            _received.UnionWith(later);
            _receiveCountsAt = MonotonicNow + (long)ReceiveCountDelay.TotalMilliseconds;
        }
        if (pending.Operations.Length == 0)
            pending.Operations.Dispose();
        else
            SubmitOwn(pending);
    }

    /// <summary>Submits operations of the engine's own that need no check; dropped when there is no room for them now.</summary>
    private bool SubmitOwn(PendingCommit pending)
    {
        pending.OperationsLength = pending.Operations.Length;
        pending.RecordLength = pending.Length;
        if (!Reserve(pending))
        {
            pending.Operations.Dispose();
            return false;
        }
        Fill(pending);
        return true;
    }
}

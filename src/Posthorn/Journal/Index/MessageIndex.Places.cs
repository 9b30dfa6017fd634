using System.Runtime.InteropServices;
using Posthorn.Journal.Segments;
using Posthorn.Leases;
using Posthorn.Messages;

namespace Posthorn.Journal.Index;

/// <summary>Where messages stand: ready, delayed, leased or held; and leases, which only memory knows.</summary>
internal sealed partial class MessageIndex
{
    private readonly Dictionary<int, ulong> _leases = [];
    private readonly Dictionary<int, long> _dueAfterLease = [];

    /// <summary>Receives since a commit on a message was submitted, which has the count of before.</summary>
    private readonly Dictionary<int, int> _receivedMeanwhile = [];
    private long _wallTicks;

    /// <summary>The present, as due times are compared with it; set before anything that depends on it.</summary>
    /// <param name="wallTicks">Ticks of UTC.</param>
    public void SetNow(long wallTicks)
    {
        var wallMilliseconds = Entry.Milliseconds(wallTicks);
        // Set back by more than a moment: what was to wait shall still wait.
        if (wallMilliseconds < Due.Now - 1000)
            Due.Rewind(wallMilliseconds);
        (_clock.WallNow, _wallTicks) = (wallMilliseconds, wallTicks);
    }

    /// <summary>Notes that a message was handed out.</summary>
    /// <returns>Its stay in the delayed lane; null when it was in none.</returns>
    public DelayedStay? NoteHandOut(int slot)
    {
        ref var entry = ref _entries[slot];
        var lane = LaneOf(entry);
        return lane.Queue.NoteHandOut(lane, entry);
    }

    /// <summary>Whether a lease with this token is on the message.</summary>
    public bool IsLeasedWith(int slot, ulong token) => _leases.TryGetValue(slot, out var current) && current == token;

    /// <summary>Whether a message was received since a commit on it was submitted.</summary>
    public bool IsReceivedMeanwhile(int slot) => _receivedMeanwhile.ContainsKey(slot);

    /// <summary>What such receives add to the count that the commit has: nothing in another queue, or when the message is consumed, where counts begin anew.</summary>
    private int TakeReceivedMeanwhile(int slot, bool countsOn) => _receivedMeanwhile.Remove(slot, out var received) && countsOn ? received : 0;

    public bool IsLeased(int slot) => _leases.ContainsKey(slot);

    /// <summary>Gives a ready message to somebody until <paramref name="endsAt"/> on the monotonic clock.</summary>
    public void Lease(int slot, ulong token, long endsAt)
    {
        ref var entry = ref _entries[slot];
        Rise(slot);
        entry.Time = (UInt48)endsAt;
        entry.ReceiveCount++;
        if (entry.IsCommitting)
            CollectionsMarshal.GetValueRefOrAddDefault(_receivedMeanwhile, slot, out _)++;
        _leases[slot] = token;
        Sit(slot, MessageState.Leased);
        TellChanged(slot);
    }

    public void Extend(int slot, long endsAt)
    {
        LeaseEnds.Remove(slot);
        _entries[slot].Time = (UInt48)endsAt;
        LeaseEnds.Add(slot);
    }

    /// <summary>Takes a message whose lease has ended out of the wheel, and the lease from its holder; it goes nowhere yet.</summary>
    /// <returns>Its slot; 0 when no lease has ended.</returns>
    public int TryEndLease(long monotonicNow)
    {
        var slot = LeaseEnds.TryTakeDue(monotonicNow);
        if (slot != 0)
            _leases.Remove(slot);
        return slot;
    }

    /// <summary>Puts a message whose lease has ended back in its old place.</summary>
    public void Return(int slot)
    {
        ref var entry = ref _entries[slot];
        Leave(slot, LaneOf(entry));
        entry.Time = (UInt48)(_dueAfterLease.Remove(slot, out var due) ? due : 0);
        Sit(slot, StateOf(entry));
        TellChanged(slot);
    }

    /// <summary>Makes one message ready whose time has come.</summary>
    /// <returns>False when none is due.</returns>
    public bool TryMakeDue()
    {
        var slot = Due.TryTakeDue(_clock.WallNow);
        if (slot == 0)
            return false;
        ref var entry = ref _entries[slot];
        Leave(slot, LaneOf(entry));
        Sit(slot, MessageState.Ready);
        TellChanged(slot);
        return true;
    }

    /// <summary>A message that cannot be read is handed to nobody any more; not on disk.</summary>
    public void SetAside(int slot)
    {
        Rise(slot);
        _leases.Remove(slot);
        _entries[slot].IsHeld = true;
        Sit(slot, MessageState.Held);
        TellChanged(slot);
    }

    // What is due now is ready now; only what is still to come is rounded up, so that no delay is cut short.
    private long DueOf(long ticks, bool isDue) => isDue ? 0 : ticks <= _wallTicks ? Entry.Milliseconds(ticks) : Entry.MillisecondsUp(ticks);

    private MessageState StateOf(in Entry entry) =>
        LaneOf(entry).IsForConsumed ? MessageState.Consumed : entry.IsHeld ? MessageState.Held : entry.Time > _clock.WallNow ? MessageState.Delayed : MessageState.Ready;

    private void Sit(int slot, MessageState state)
    {
        ref var entry = ref _entries[slot];
        entry.State = state;
        var lane = LaneOf(entry);
        lane.Queue.Enter(slot, lane);
        switch (state)
        {
            case MessageState.Ready when !lane.Queue.Policy.IsFifo:
                if (!lane.Queue.Policy.IsPaused)
                    BecameReady?.Invoke(lane.Queue, lane);
                break;
            case MessageState.Delayed:
                Due.Add(slot);
                break;
            case MessageState.Leased:
                LeaseEnds.Add(slot);
                break;
            case MessageState.Consumed:
                lane.Queue.NoteConsumption(slot);
                break;
        }
        OfferTurn(lane);
    }

    /// <summary>Tells when a lane of a FIFO queue has something to receive after one of its messages came, went or changed its state.</summary>
    private void OfferTurn(Lane lane)
    {
        var queue = lane.Queue;
        if (_loading is not null || !queue.Policy.IsFifo || lane.IsForConsumed || !lane.CanBeReceived)
            return;
        queue.OfferTurn(lane);
        if (!queue.Policy.IsPaused)
            BecameReady?.Invoke(queue, lane);
    }

    private void Leave(int slot, Lane lane)
    {
        var queue = lane.Queue;
        var wasLeased = _entries[slot].State == MessageState.Leased;
        queue.Leave(slot, lane);
        if (wasLeased && queue.LeasesLeft == 1)
            LeasesCame?.Invoke(queue);
    }

    private void Rise(int slot)
    {
        ref var entry = ref _entries[slot];
        var lane = LaneOf(entry);
        if (entry.State == MessageState.Delayed)
            Due.Remove(slot);
        // A lease that has ended and waits for its dead-letter move is in no wheel any more.
        else if (entry.State == MessageState.Leased && _leases.ContainsKey(slot))
            LeaseEnds.Remove(slot);
        Leave(slot, lane);
    }

    /// <summary>
    /// After loading: messages that have been received as often as their queue allows; their lease ended with the process. Each waits for its
    /// dead-letter move as one whose lease has just ended does, so that nobody gets it meanwhile.
    /// </summary>
    public IEnumerable<ulong> WithholdOverReceived()
    {
        foreach (var queue in _queuesByIdentity.Values)
        {
            if (queue.Policy is not { DeadLetterQueue: not null, ReceivesMax: { } max })
                continue;
            for (var number = queue.Slots.Next(0); number >= 0; number = queue.Slots.Next(number + 1))
            {
                var slot = queue.Slots[number];
                if (_entries[slot].ReceiveCount < max || _entries[slot].IsHeld)
                    continue;
                Withhold(slot);
                yield return _entries[slot].Id;
            }
        }
    }

    private void Withhold(int slot)
    {
        ref var entry = ref _entries[slot];
        if (entry.State == MessageState.Delayed)
            _dueAfterLease[slot] = entry.Time;
        Rise(slot);
        entry.State = MessageState.Leased;
        LaneOf(entry).Queue.Enter(slot, LaneOf(entry));
    }
}

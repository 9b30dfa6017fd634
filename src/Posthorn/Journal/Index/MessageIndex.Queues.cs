using System.Text;
using Posthorn.Journal.Format;
using Posthorn.Queues;

namespace Posthorn.Journal.Index;

/// <summary>Queues and their lanes: made, changed, removed.</summary>
internal sealed partial class MessageIndex
{
    private readonly Dictionary<string, QueueState> _visibleQueues = new(StringComparer.Ordinal);

    /// <summary>Makes a queue that commits can name; it can be seen when the operation that makes it was applied.</summary>
    public QueueState CreateQueue(QueueName name, long identity, QueuePolicy policy)
    {
        var queue = new QueueState(name, identity, policy, _entries, _clock);
        _queuesByIdentity.Add(identity, queue);
        Queues[name] = queue;
        return queue;
    }

    /// <summary>The queue of this name as everybody may see it: one whose removal is on its way to the disk is still there, one that is being made is not yet.</summary>
    public QueueState? VisibleQueue(QueueName name) => _visibleQueues.GetValueOrDefault(name.Value);

    /// <summary>Takes back the making of a queue that no commit makes after all.</summary>
    public void ForgetQueue(QueueState queue)
    {
        _queuesByIdentity.Remove(queue.Identity);
        Queues.Remove(queue.Name.Value);
    }

    private void ApplyQueue(ReadOnlySpan<byte> operation, long record)
    {
        var identity = (long)Operation.Id(operation);
        var (name, policy, nextNumber) = QueueCodec.Read(operation);
        NextQueue = Math.Max(NextQueue, identity + 1);
        var queue = QueueByIdentity(identity) ?? CreateQueue(name, identity, policy);
        var before = queue.Policy;
        SetPolicy(queue, policy);
        if (_loading is not null)
            queue.SubmittedPolicy = policy;
        Show(queue);
        queue.HighestModSeq = record;
        queue.NextNumber = Math.Max(queue.NextNumber, nextNumber);
        if (_loading is not null)
            return;
        if (before.LeasesMax < (policy.LeasesMax ?? int.MaxValue))
            LeasesCame?.Invoke(queue);
        if (!before.IsPaused || policy.IsPaused)
            return;
        foreach (var lane in queue.Lanes.Values)
        {
            if (queue.CanReceive(lane))
                BecameReady?.Invoke(queue, lane);
        }
    }

    // A queue becomes FIFO only while it is empty, but for what the same commit has put into it.
    private void SetPolicy(QueueState queue, QueuePolicy policy)
    {
        if (_loading is not null || policy.IsFifo == queue.Policy.IsFifo)
        {
            queue.SetPolicy(policy);
            return;
        }
        var slots = new List<int>();
        for (var number = queue.Slots.Next(0); number >= 0; number = queue.Slots.Next(number + 1))
            slots.Add(queue.Slots[number]);
        foreach (var slot in slots)
            Rise(slot);
        queue.SetPolicy(policy);
        foreach (var slot in slots)
            Sit(slot, _entries[slot].State);
    }

    /// <summary>A queue whose making was in a damaged range: what it holds is kept under a name that says so.</summary>
    private QueueState RecoverQueue(long identity)
    {
        var queue = CreateQueue(QueueName.Parse($"recovered/{identity}"), identity, QueuePolicy.Default);
        Show(queue);
        NextQueue = Math.Max(NextQueue, identity + 1);
        return queue;
    }

    /// <summary>Ends the deferral of a queue's group whose time has come.</summary>
    /// <param name="queue">The queue.</param>
    /// <param name="group">The group.</param>
    /// <param name="now">The present on the clock that nobody sets; beyond all time ends it in any case.</param>
    /// <returns>When it is to be ended, when that is later.</returns>
    public long? EndDeferral(QueueState queue, string group, long now)
    {
        if (queue.EndDeferral(group, now, out var until) is not { } lane)
            return until;
        if (queue.Policy.IsFifo)
            OfferTurn(lane);
        else if (lane.Ready > 0 && !queue.Policy.IsPaused)
            BecameReady?.Invoke(queue, lane);
        return null;
    }

    private void Show(QueueState queue)
    {
        queue.IsVisible = true;
        _visibleQueues[queue.Name.Value] = queue;
    }

    private void End(int slot)
    {
        ref var entry = ref _entries[slot];
        NoteEnd(entry.Id, entry.Record.Segment);
        Drop(slot);
    }

    private void DropQueue(QueueState queue)
    {
        DropCold(queue);
        for (var number = queue.Slots.Next(0); number >= 0; number = queue.Slots.Next(number + 1))
            End(queue.Slots[number]);
        for (var number = queue.ConsumedSlots.Next(0); number >= 0; number = queue.ConsumedSlots.Next(number + 1))
            End(queue.ConsumedSlots[number]);
        GiveFlags(queue);
        _queuesByIdentity.Remove(queue.Identity);
        if (Queues.TryGetValue(queue.Name, out var named) && named == queue)
            Queues.Remove(queue.Name);
        if (VisibleQueue(queue.Name) == queue)
            _visibleQueues.Remove(queue.Name.Value);
        QueueRemoved?.Invoke(queue);
    }

    private Lane LaneFor(QueueState queue, ReadOnlySpan<byte> group)
    {
        Span<char> text = stackalloc char[group.Length];
        text = text[..Encoding.UTF8.GetChars(group, text)];
        if (queue.LaneOf(text) is { } lane)
            return lane;
        var number = FreeLane();
        _lanes[number] = lane = new Lane(queue, text.ToString(), number, _entries);
        queue.AddLane(lane);
        return lane;
    }

    private Lane ConsumedLaneOf(QueueState queue)
    {
        if (queue.ConsumedLane is { } lane)
            return lane;
        var number = FreeLane();
        _lanes[number] = lane = new Lane(queue, "", number, _entries) { IsForConsumed = true };
        return queue.ConsumedLane = lane;
    }

    private int FreeLane()
    {
        if (_freeLanes.TryPop(out var number))
            return number;
        _lanes.Add(null);
        return _lanes.Count - 1;
    }

    private void LeaveLane(in Entry entry) => LeaveLane(LaneOf(entry), 1);

    private void LeaveLane(Lane lane, long messages)
    {
        lane.Messages -= messages;
        if (lane.Messages > 0)
            return;
        if (lane.IsForConsumed)
            lane.Queue.ConsumedLane = null;
        else
            lane.Queue.RemoveLane(lane);
        _lanes[lane.Number] = null;
        _freeLanes.Push(lane.Number);
    }
}

using Posthorn.Journal.Hints;
using Posthorn.Journal.Paging;
using Posthorn.Journal.Writing;
using Posthorn.Messages;
using Posthorn.Queues;

namespace Posthorn.Journal.Index;

/// <summary>A queue in memory: policy, figures, and which message is next.</summary>
/// <remarks>Guarded by the engine's lock.</remarks>
internal sealed partial class QueueState(QueueName name, long identity, QueuePolicy policy, EntryTable entries, IndexClock clock)
{
    private readonly long[] _byState = new long[5];
    private readonly long[] _byPriority = new long[Priority.Levels];
    private readonly int[] _readyByPriority = new int[Priority.Levels];
    private readonly Dictionary<string, Lane> _lanes = new(StringComparer.Ordinal);
    private readonly LaneTurns _turns = new();

    /// <summary>Per priority the lanes by the number of their head, once there are several; an item whose number is not its lane's head's is stale.</summary>
    private readonly PriorityQueue<Lane, long>?[] _heads = new PriorityQueue<Lane, long>?[Priority.Levels];
    private bool _hasSeveralLanes;
    private Lane? _onlyLane;

    public QueueName Name { get; } = name;

    public long Identity { get; } = identity;

    public QueuePolicy Policy { get; private set; } = policy;

    /// <summary>The policy of the commits submitted last, some of them perhaps still on their way.</summary>
    public QueuePolicy SubmittedPolicy { get; set; } = policy;

    /// <summary>Whether its making is on stable storage, so that everybody may see it.</summary>
    public bool IsVisible { get; set; }

    /// <summary>Whether a commit that removes it was submitted.</summary>
    public bool IsRemoved { get; set; }

    public long NextNumber { get; set; } = 1;

    /// <summary>The number of the last record that changed anything in it.</summary>
    public long HighestModSeq { get; set; }

    /// <summary>By set of flags, how many of its messages have it, cold ones included.</summary>
    public Dictionary<int, long> FlagSets { get; } = [];

    public long Bytes { get; private set; }

    /// <summary>Messages and bytes of commits on their way, for the limits.</summary>
    public long MessagesUnderWay { get; set; }

    public long BytesUnderWay { get; set; }

    /// <summary>Slots by number, of the messages that are not cold.</summary>
    public SlotMap Slots { get; } = new();

    /// <summary>Slots of what was consumed and is kept, by number; none of them is in <see cref="Slots"/>.</summary>
    public SlotMap ConsumedSlots { get; } = new();

    public long ConsumedBytes { get; private set; }

    /// <summary>The lane of what is in <see cref="ConsumedSlots"/>; null while that is empty.</summary>
    public Lane? ConsumedLane { get; set; }

    /// <summary>Whether more of what was consumed is kept than may be.</summary>
    public bool KeepsTooMuch => ConsumedSlots.Count > (Policy.MessagesMax ?? long.MaxValue) || ConsumedBytes > (Policy.BytesMax ?? long.MaxValue);

    /// <summary>Commits that wait for room in it, the longest waiting first.</summary>
    public LinkedList<RoomWaiter> Line { get; } = new();

    /// <summary>Who waits for it and reads it.</summary>
    public QueueConsumers Consumers { get; set; } = null!;

    /// <summary>Those who watch it; null when nobody does, and while a start loads it.</summary>
    public QueueConsumers? Watched => Consumers is { Watches: not null } consumers ? consumers : null;

    public long Ready => _byState[(int)MessageState.Ready];

    public long Messages => Slots.Count + ColdMessages;

    public long ColdMessages { get; private set; }

    /// <summary>Its messages that are on disk only, in all lanes and priorities.</summary>
    public ColdRuns Cold { get; } = new();

    public IReadOnlyDictionary<string, Lane> Lanes => _lanes;

    /// <summary>How many messages more consumers may hold.</summary>
    public long LeasesLeft => Policy.LeasesMax is { } max ? Math.Max(max - Count(MessageState.Leased), 0) : long.MaxValue;

    public long Count(MessageState state) => _byState[(int)state];

    public long CountAt(int priority) => _byPriority[priority];

    public Lane? LaneOf(string group) => _lanes.GetValueOrDefault(group);

    public Lane? LaneOf(ReadOnlySpan<char> group) => _lanes.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(group, out var lane) ? lane : null;

    public void AddLane(Lane lane)
    {
        _lanes.Add(lane.Group, lane);
        Admit(lane);
        if (_lanes.Count == 1)
        {
            _onlyLane = lane;
            return;
        }
        if (_hasSeveralLanes)
            return;
        _hasSeveralLanes = true;
        foreach (var other in _lanes.Values)
        {
            for (var priority = 0; priority < Priority.Levels; priority++)
                OfferHead(other, priority);
        }
        _onlyLane = null;
    }

    public void RemoveLane(Lane lane)
    {
        _lanes.Remove(lane.Group);
        if (lane.Tenant is { } tenant)
            _shares!.Leave(tenant);
        if (_lanes.Count > 1)
            return;
        _hasSeveralLanes = false;
        Array.Clear(_heads);
        _onlyLane = _lanes.Values.FirstOrDefault();
    }

    /// <summary>Counts a message in, in the state and lane that its entry says, and makes it findable by number.</summary>
    public void Add(int slot, bool isConsumed)
    {
        ref var entry = ref entries[slot];
        if (isConsumed)
        {
            ConsumedSlots[entry.Number] = slot;
            ConsumedBytes += entry.Length;
            return;
        }
        Slots[entry.Number] = slot;
        Bytes += entry.Length;
        _byPriority[entry.Priority]++;
    }

    public void Remove(int slot, bool isConsumed)
    {
        ref var entry = ref entries[slot];
        if (isConsumed)
        {
            ConsumedSlots[entry.Number] = 0;
            ConsumedBytes -= entry.Length;
            return;
        }
        Slots[entry.Number] = 0;
        Bytes -= entry.Length;
        _byPriority[entry.Priority]--;
    }

    /// <summary>Notes when a message was accepted, for retention.</summary>
    public void NoteAcceptance(long number, uint acceptedAt) => Slots.NoteAge(number, acceptedAt);

    /// <summary>Gathers messages accepted at <paramref name="before"/> or earlier, but for those held or in somebody's hands.</summary>
    public void CollectOlder(uint before, List<MessageId> into, int max) => Slots.LookAtOlder(before, slot =>
    {
        ref var entry = ref entries[slot];
        if (entry.IsHeld)
            return uint.MaxValue; // noted again when it is let go
        if (entry.AcceptedAt <= before && entry.State != MessageState.Leased && !entry.IsCommitting && into.Count < max)
            into.Add(new MessageId(entry.Id));
        return entry.AcceptedAt;
    }, () => into.Count < max);

    /// <summary>Notes when a message was consumed, for how long it is kept.</summary>
    public void NoteConsumption(int slot) => ConsumedSlots.NoteAge(entries[slot].Number, ConsumedAt(entries[slot]));

    /// <summary>Gathers what was consumed at <paramref name="before"/> or earlier, or is more than may be kept, the oldest numbers first.</summary>
    public void CollectConsumed(uint before, List<MessageId> into, int max)
    {
        var (count, bytes) = (ConsumedSlots.Count, ConsumedBytes);
        for (var number = ConsumedSlots.Next(0); number >= 0 && into.Count < max; number = ConsumedSlots.Next(number + 1))
        {
            if (count <= (Policy.MessagesMax ?? long.MaxValue) && bytes <= (Policy.BytesMax ?? long.MaxValue))
                break;
            ref var entry = ref entries[ConsumedSlots[number]];
            (count, bytes) = (count - 1, bytes - entry.Length);
            if (!entry.IsCommitting)
                into.Add(new MessageId(entry.Id));
        }
        if (into.Count > 0)
            return; // what is too old comes in the next round: nothing may be named twice
        ConsumedSlots.LookAtOlder(before, slot =>
        {
            ref var entry = ref entries[slot];
            if (ConsumedAt(entry) <= before && !entry.IsCommitting && into.Count < max)
                into.Add(new MessageId(entry.Id));
            return ConsumedAt(entry);
        }, () => into.Count < max);
    }

    // In whole seconds, rounded up, so that nothing goes early.
    private static uint ConsumedAt(in Entry entry) => (uint)Math.Clamp((entry.Time - Entry.AcceptedEpoch + 999) / 1000, 0, uint.MaxValue);

    /// <summary>Counts a message in that a start finds cold.</summary>
    public void AddCold(in HintRow row, Lane lane)
    {
        Bytes += row.ContentLength;
        _byPriority[row.Priority]++;
        _byState[(int)MessageState.Ready]++;
        if (!Policy.IsFifo)
            _readyByPriority[row.Priority]++;
        ColdMessages++;
        lane.Ready++;
        lane.Cold++;
    }

    /// <summary>Takes a ready message out of memory; it stays what it is in every figure.</summary>
    public void PageOut(int slot, Lane lane)
    {
        ref var entry = ref entries[slot];
        lane.LevelFor(entry.Priority).Remove(slot);
        Slots[entry.Number] = 0;
        ColdMessages++;
        lane.Cold++;
    }

    /// <summary>Takes a cold message into memory again.</summary>
    /// <param name="slot">Its entry.</param>
    /// <param name="lane">Its lane.</param>
    /// <param name="isInOrder">Whether it follows the one brought in before.</param>
    public void BringIn(int slot, Lane lane, bool isInOrder)
    {
        ref var entry = ref entries[slot];
        entry.State = MessageState.Ready;
        ColdMessages--;
        lane.Cold--;
        Slots[entry.Number] = slot;
        Slots.NoteAge(entry.Number, entry.AcceptedAt);
        var level = lane.LevelFor(entry.Priority);
        if (isInOrder)
            level.BringIn(slot);
        else
            level.Add(slot);
    }

    /// <summary>Puts a run in its order.</summary>
    public void Order(ColdRun run)
    {
        Cold.Add(run);
        var level = run.Lane.LevelFor(run.Priority);
        level.Cold.Add(run);
        level.FindSeam();
        run.IsOrdered = true;
    }

    public void Disorder(ColdRun run)
    {
        Cold.Remove(run);
        run.Lane.LevelFor(run.Priority).Cold.Remove(run);
        run.IsOrdered = false;
    }

    /// <summary>Offers the heads of all lanes, at the end of a start.</summary>
    public void OfferHeads()
    {
        foreach (var lane in _lanes.Values)
        {
            if (Policy.IsFifo && lane.CanBeReceived)
                OfferTurn(lane);
            OfferHeads(lane);
        }
    }

    /// <summary>Counts a message in its state; a ready one can be taken from now on.</summary>
    public void Enter(int slot, Lane lane)
    {
        ref var entry = ref entries[slot];
        _byState[(int)entry.State]++;
        if (entry.State != MessageState.Ready)
        {
            if (Policy.IsFifo && !lane.IsForConsumed)
                lane.Block(slot);
            if (entry.State == MessageState.Leased)
                lane.Leased++;
            return;
        }
        lane.AddReady(slot);
        if (lane is { Ready: 1, Tenant: { IsNoisy: true } tenant })
            _shares!.Queue(tenant);
        if (Policy.IsFifo)
            return;
        _readyByPriority[entry.Priority]++;
        if (_hasSeveralLanes && lane.HeadNumber(entry.Priority) == entry.Number)
            OfferHead(lane, entry.Priority);
    }

    public void Leave(int slot, Lane lane)
    {
        ref var entry = ref entries[slot];
        _byState[(int)entry.State]--;
        if (entry.State != MessageState.Ready)
        {
            if (Policy.IsFifo && !lane.IsForConsumed)
                lane.Unblock();
            if (entry.State == MessageState.Leased)
                lane.Leased--;
            return;
        }
        if (Policy.IsFifo)
        {
            lane.RemoveReady(slot);
            return;
        }
        var wasHead = _hasSeveralLanes && lane.HeadNumber(entry.Priority) == entry.Number;
        lane.RemoveReady(slot);
        _readyByPriority[entry.Priority]--;
        if (wasHead)
            OfferHead(lane, entry.Priority);
    }

    /// <summary>Whether something of a lane can be handed out now.</summary>
    public bool CanReceive(Lane lane) => Policy.IsFifo ? lane.CanBeReceived : lane.Ready > 0;

    /// <summary>A lane of a FIFO queue has something to receive: it gets its turn.</summary>
    public void OfferTurn(Lane lane)
    {
        if (!lane.IsDeferred)
            _turns.Offer(lane, _lanes.Count);
    }

    /// <summary>The lane of a FIFO queue from which is received next; null when nothing can be.</summary>
    public Lane? TakeTurn(string? group)
    {
        if (group is not null)
            return LaneOf(group) is { CanBeReceived: true } asked ? asked : null;
        while (_turns.Take() is { } lane)
        {
            if (!lane.IsDeferred)
                return lane; // a deferred one gets its turn when that ends
        }
        return null;
    }

    /// <summary>
    /// The slot to be handed out next, highest priority first, then lowest number; after them the delayed lane; 0 when nothing is ready, or when it is cold.
    /// </summary>
    /// <param name="group">The only group that counts; null is any.</param>
    /// <param name="cold">What is to be brought in first; null when nothing is.</param>
    public int Head(string? group, out ColdRun? cold)
    {
        cold = null;
        if (Ready == 0)
            return 0;
        var lane = _onlyLane;
        if (group is not null)
        {
            if ((lane = LaneOf(group)) is null)
                return 0;
        }
        else if (lane is { IsDeferred: true })
            return 0;
        if (lane is null && _shares is not null)
            NextDelayed(); // whoever is noisy no more stands in the order again
        for (var priority = Priority.Levels - 1; priority >= 0; priority--)
        {
            if (_readyByPriority[priority] == 0)
                continue;
            var level = lane is not null ? lane[priority] : LevelOfHead(priority);
            var slot = level?.Next(out cold) ?? 0;
            if (slot != 0 || cold is not null)
                return slot;
        }
        return _shares is null || group is not null ? 0 : HeadOf(NextDelayed(), out cold);
    }

    private ReadyLevel? LevelOfHead(int priority)
    {
        var heads = _heads[priority];
        while (heads is not null && heads.TryPeek(out var lane, out var number))
        {
            if (lane.HeadNumber(priority) == number && !IsDelayed(lane))
                return lane[priority];
            heads.Dequeue();
        }
        return null;
    }

    // Every lane's head is offered when it becomes the head, so the heap always holds each current head at least once.
    private void OfferHead(Lane lane, int priority)
    {
        if (lane.IsDelayed)
            return; // offered when it leaves the delayed lane
        var number = lane.HeadNumber(priority);
        if (number != long.MaxValue)
            (_heads[priority] ??= new PriorityQueue<Lane, long>()).Enqueue(lane, number);
    }
}

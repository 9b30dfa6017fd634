using System.Text;
using Posthorn.Commits;
using Posthorn.Journal.Format;
using Posthorn.Journal.Segments;
using Posthorn.Messages;
using Posthorn.Queues;

namespace Posthorn.Journal.Index;

/// <summary>
/// All that memory knows of the messages. Once a start has loaded it, it changes only by <see cref="Apply"/>, operation by operation in the
/// order of the journal, and by leases and timers, which are not on disk.
/// </summary>
/// <remarks>Guarded by the engine's lock.</remarks>
internal sealed partial class MessageIndex
{
    private readonly EntryTable _entries = new();
    private readonly SlotMap _ids = new();
    private readonly List<Lane?> _lanes = [null];
    private readonly Stack<int> _freeLanes = new();
    private readonly Dictionary<long, QueueState> _queuesByIdentity = [];
    private readonly IndexClock _clock;
    private readonly SortedDictionary<string, byte[]> _documents = new(StringComparer.Ordinal);

    public MessageIndex(long wallNow, long monotonicNow, int keysMax)
    {
        Keys = new KeyTable(Segments, keysMax);
        Due = new TimingWheel(_entries, wallNow);
        LeaseEnds = new TimingWheel(_entries, monotonicNow);
        (_clock, _wallTicks) = (new IndexClock(wallNow), DateTimeOffset.UnixEpoch.Ticks + (wallNow * TimeSpan.TicksPerMillisecond));
    }

    public EntryTable Entries => _entries;

    public SegmentTable Segments { get; } = new();

    public KeyTable Keys { get; }

    /// <summary>Delayed messages by due time, in milliseconds of Unix time.</summary>
    public TimingWheel Due { get; }

    /// <summary>Leased messages by the end of their lease, on the monotonic clock: no step of the wall clock ends or extends a lease.</summary>
    public TimingWheel LeaseEnds { get; }

    /// <summary>Queues by name as the submitted commits leave them, visible or not yet.</summary>
    public Dictionary<string, QueueState> Queues { get; } = new(StringComparer.Ordinal);

    public SortedDictionary<string, byte[]> Documents => _documents;

    public ulong NextMessage { get; set; } = 1;

    public long NextQueue { get; set; } = 1;

    /// <summary>Called when messages of a queue became ready, a group at a time.</summary>
    public Action<QueueState, Lane>? BecameReady { get; set; }

    /// <summary>Called when consumers of a queue may hold more than they were allowed before.</summary>
    public Action<QueueState>? LeasesCame { get; set; }

    /// <summary>Called when a queue is gone.</summary>
    public Action<QueueState>? QueueRemoved { get; set; }

    /// <summary>Called when a message leaves its place in its queue's browsing order but lives on.</summary>
    public Action<QueueState, int>? LeavingPlace { get; set; }

    public int Find(MessageId id) => _ids[(long)id.Value];

    public QueueState QueueOf(in Entry entry) => _lanes[entry.Lane]!.Queue;

    public Lane LaneOf(in Entry entry) => _lanes[entry.Lane]!;

    public QueueState? QueueByIdentity(long identity) => _queuesByIdentity.GetValueOrDefault(identity);

    public IEnumerable<QueueState> VisibleQueues => _visibleQueues.Values;

    /// <summary>Does what one intact operation says.</summary>
    /// <param name="operation">The operation.</param>
    /// <param name="position">Where it lies.</param>
    /// <param name="record">The number of the record it is in.</param>
    public void Apply(ReadOnlySpan<byte> operation, LogPosition position, long record)
    {
        switch (Operation.Kind(operation))
        {
            case OperationKind.Add:
                ApplyMessage(operation, position, record);
                NextMessage = Math.Max(NextMessage, Operation.Id(operation) + 1);
                var segment = Segments.Find(position.Segment)!;
                segment.LastMessage = Math.Max(segment.LastMessage, Operation.Id(operation));
                break;
            case OperationKind.Put:
                ApplyMessage(operation, position, record);
                break;
            case OperationKind.Remove:
                NoteRemoval(Operation.Id(operation), Segments.Find(position.Segment)!);
                if (_ids[(long)Operation.Id(operation)] is var slot and not 0)
                {
                    NoteRemoved(slot, record);
                    Drop(slot);
                }
                break;
            case OperationKind.Queue:
                ApplyQueue(operation, record);
                break;
            case OperationKind.RemoveQueue:
                if (QueueByIdentity((long)Operation.Id(operation)) is { } removed)
                    DropQueue(removed);
                break;
            case OperationKind.Document:
                ApplyDocument(operation);
                break;
            case OperationKind.Counters:
                NextMessage = Math.Max(NextMessage, CountersCodec.NextMessage(operation));
                NextQueue = Math.Max(NextQueue, CountersCodec.NextQueue(operation));
                foreach (var forgotten in CountersCodec.Forgotten(operation))
                    Keys.ForgetForGood(forgotten.Segment == 0 ? forgotten with { Segment = position.Segment } : forgotten);
                break;
            case OperationKind.Body:
                ApplyBody(operation, position);
                break;
            case OperationKind.Key:
                var (key, committedAt, added, moved) = KeyCodec.Read(operation);
                Remember(KeyName.OfCommit(key), KeyCodec.EndOf(committedAt), added, moved, position);
                break;
            case OperationKind.Deduplication:
                var (name, endsAt, first) = DeduplicationCodec.Read(operation);
                Remember(name, endsAt, [first], [], position);
                break;
            case OperationKind.ReceiveCount:
                NoteCount(Operation.Id(operation), position.Segment);
                break;
            case OperationKind.Nothing or OperationKind.Bodies or OperationKind.Segments:
                break; // or known already
            default:
                throw new InvalidDataException($"{position}: an operation of unknown kind {operation[Operation.KindAt]}.");
        }
    }

    private void Remember(KeyName name, long endsAt, AddedMessage[] added, AddedMessage[] moved, LogPosition position)
    {
        if (endsAt > _wallTicks)
            Keys.Remember(name, endsAt, added, moved, position.Segment);
        else
            Keys.NoteForgotten(endsAt);
    }

    private void ApplyMessage(ReadOnlySpan<byte> operation, LogPosition position, long record)
    {
        var id = Operation.Id(operation);
        var slot = _ids[(long)id];
        var identity = MessageLayout.Int64(operation, MessageLayout.QueueAt);
        var queue = QueueByIdentity(identity) ?? throw new InvalidOperationException($"A message goes to queue {identity}, which does not exist.");
        var flags = operation[MessageLayout.FlagsAt];
        if ((flags & MessageLayout.RelocatedFlag) != 0)
        {
            Relocate(id, slot, position);
            return;
        }
        var body = MessageCodec.BodyKey(operation, position);
        var length = MessageLayout.ContentLength(operation);
        var keepsLease = false;
        var keepsBody = false;
        var isInItsQueue = false;
        var isShared = (flags & MessageLayout.SharedFlag) != 0;
        var old = default(Entry);
        QueueState? from = null;
        if (slot == 0)
        {
            slot = _entries.Take();
            _ids[(long)id] = slot;
            _entries[slot].Id = id;
        }
        else
        {
            old = _entries[slot];
            keepsLease = (flags & MessageLayout.LeaseGoesOnFlag) != 0 && _leases.ContainsKey(slot);
            keepsBody = old.Body == body;
            from = QueueOf(old);
            isInItsQueue = from == queue;
            isShared = keepsBody ? isShared | old.IsShared : isShared;
            Unseat(slot, keepsLease, queue, operation);
        }

        ref var entry = ref _entries[slot];
        entry.Record = position;
        entry.Body = body;
        entry.ModSeq = (UInt48)MessageLayout.ModSeq(operation, record);
        entry.Number = (UInt48)MessageLayout.Int64(operation, MessageLayout.NumberAt);
        entry.Length = length;
        entry.Priority = operation[MessageLayout.PriorityAt];
        entry.ReceiveCount = MessageLayout.Int32(operation, MessageLayout.ReceiveCountAt) + TakeReceivedMeanwhile(slot, isInItsQueue && (flags & MessageLayout.ConsumedFlag) == 0);
        entry.IsHeld = (flags & MessageLayout.HeldFlag) != 0;
        entry.IsShared = isShared;
        entry.IsCommitting = false;
        entry.AcceptedAt = Entry.AcceptedSeconds(MessageLayout.Int64(operation, MessageLayout.AcceptedAt));
        entry.EnqueuedAt = (UInt48)Entry.Milliseconds(MessageLayout.Int64(operation, MessageLayout.EnqueuedAt));
        var due = DueOf(MessageLayout.Int64(operation, MessageLayout.DueAt), (flags & MessageLayout.DueFlag) != 0);
        if (keepsLease)
            _dueAfterLease[slot] = due;
        else
            entry.Time = (UInt48)due;

        var lane = (flags & MessageLayout.ConsumedFlag) == 0 ? LaneFor(queue, MessageLayout.Group(operation)) : ConsumedLaneOf(queue);
        entry.Lane = lane.Number;
        lane.Messages++;
        queue.NextNumber = Math.Max(queue.NextNumber, entry.Number + 1);
        queue.Add(slot, lane.IsForConsumed);
        ApplyFlags(slot, old, from, operation);
        queue.NoteAcceptance(entry.Number, entry.AcceptedAt);
        RetainRecord(entry);
        if (!keepsBody)
            ExchangeBody(entry, old, (BodyPlace)operation[MessageLayout.BodyPlaceAt] == BodyPlace.Here);
        else if (!isShared)
            WeighBody(body, 0, length - old.Length);
        Sit(slot, keepsLease ? MessageState.Leased : StateOf(entry));
        if (old.Lane != 0 && old.Lane != entry.Lane && _lanes[old.Lane] is { } left)
            OfferTurn(left);
        TellApplied(old, from, slot);
    }

    private void ExchangeBody(in Entry entry, in Entry old, bool isHere)
    {
        // The new one first: a body given back for itself must not come to zero between.
        RetainBody(entry, isHere);
        ReleaseBody(old);
    }

    /// <summary>Takes a message out of everything that counts and orders it, since its new operation may change all of that.</summary>
    private void Unseat(int slot, bool keepsLease, QueueState next, ReadOnlySpan<byte> operation)
    {
        ref var entry = ref _entries[slot];
        var queue = QueueOf(entry);
        if (queue != next || entry.Priority != operation[MessageLayout.PriorityAt]
            || entry.Number != MessageLayout.Int64(operation, MessageLayout.NumberAt)
            || (operation[MessageLayout.FlagsAt] & MessageLayout.ConsumedFlag) != 0)
            LeavingPlace?.Invoke(queue, slot);
        Rise(slot);
        if (!keepsLease)
            _leases.Remove(slot);
        _dueAfterLease.Remove(slot);
        ReleaseRecord(entry);
        queue.Remove(slot, LaneOf(entry).IsForConsumed);
        LeaveLane(entry);
    }

    private void Drop(int slot)
    {
        ref var entry = ref _entries[slot];
        var queue = QueueOf(entry);
        Rise(slot);
        _leases.Remove(slot);
        _dueAfterLease.Remove(slot);
        _receivedMeanwhile.Remove(slot);
        ReleaseRecord(entry);
        ReleaseBody(entry);
        CountFlags(queue, FlagSetOf(entry), -1);
        SetFlags(ref entry, 0);
        var lane = LaneOf(entry);
        queue.Remove(slot, lane.IsForConsumed);
        LeaveLane(entry);
        _ids[(long)entry.Id] = 0;
        _entries.Give(slot);
        OfferTurn(lane);
    }

    private void ApplyDocument(ReadOnlySpan<byte> operation)
    {
        var (key, value) = DocumentCodec.Read(operation);
        if (value is null)
            _documents.Remove(key);
        else
            _documents[key] = value;
    }
}

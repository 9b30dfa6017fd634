using Posthorn.Journal.Format;
using Posthorn.Journal.Hints;
using Posthorn.Journal.Paging;
using Posthorn.Journal.Segments;
using Posthorn.Messages;

namespace Posthorn.Journal.Index;

/// <summary>
/// The start. The small state is taken from the newest record of it and what follows; messages are taken from the newest segment to the oldest,
/// so that the first that is met of a message decides: whatever has passed through the journal, only what lives is ever held.
/// </summary>
internal sealed partial class MessageIndex
{
    private Loading? _loading = new();

    /// <summary>Takes queues, documents and counters of a segment; oldest first, from the newest segment on that has a record of the whole state.</summary>
    public void LoadState(Hint hint)
    {
        if (_loading!.StateFrom == 0)
            _loading.StateFrom = hint.Header.Segment;
        if (!hint.State.IsEmpty)
            ReplaceState(hint.State);
        for (var operations = hint.Changes; !operations.IsEmpty; operations = operations[Operation.Length(operations)..])
        {
            if (Operation.Kind(operations) == OperationKind.RemoveQueue)
                _loading.RemovedQueues.Add((long)Operation.Id(operations));
            Apply(operations[..Operation.Length(operations)], new LogPosition(hint.Header.Segment, 0), record: 0);
        }
        foreach (var (identity, next) in hint.Numbers)
        {
            if (FindOrRecoverQueue((long)identity, hint.Header.Segment) is { } queue)
                queue.NextNumber = Math.Max(queue.NextNumber, next);
        }
    }

    /// <summary>Takes the messages of a segment, newest segments first; all segments are in <see cref="Segments"/> already.</summary>
    /// <param name="segment">The segment.</param>
    /// <param name="hint">Its hint.</param>
    /// <param name="coldRunMin">Fewest messages of a lane and priority for which they are left cold; 0 leaves none.</param>
    public void Load(Segment segment, Hint hint, int coldRunMin)
    {
        segment.LastMessage = hint.Header.LastMessage;
        NextMessage = Math.Max(NextMessage, segment.LastMessage + 1);
        foreach (var id in hint.Removed)
        {
            _loading!.Decided.Add(id);
            NoteRemoval(id, segment);
        }
        foreach (var (key, place) in hint.Bodies)
            _loading!.Bodies.TryAdd(key, place);
        LoadRows(segment, hint, coldRunMin);
        foreach (var (id, count) in hint.Receives)
            _loading!.Receives.TryAdd(id, ((int)count, segment.Number));
        for (var operations = hint.Keys; !operations.IsEmpty; operations = operations[Operation.Length(operations)..])
            Apply(operations[..Operation.Length(operations)], new LogPosition(segment.Number, 0), record: 0);
        SettleRuns();
    }

    /// <summary>Ends the start: every message takes its place, in the order of its number.</summary>
    /// <param name="lastRecord">
    /// The number of the last record: nothing says when what is gone from a queue went, but nothing that anybody saw of it can be later.
    /// </param>
    public void EndLoading(long lastRecord)
    {
        CountSharedBodies();
        _loading = null;
        foreach (var queue in _queuesByIdentity.Values)
        {
            queue.HighestModSeq = lastRecord;
            for (var number = queue.Slots.Next(0); number >= 0; number = queue.Slots.Next(number + 1))
                EndLoading(queue, queue.Slots[number]);
            for (var number = queue.ConsumedSlots.Next(0); number >= 0; number = queue.ConsumedSlots.Next(number + 1))
                EndLoading(queue, queue.ConsumedSlots[number]);
            queue.OfferHeads();
        }
    }

    private void EndLoading(QueueState queue, int slot)
    {
        ref var entry = ref _entries[slot];
        RetainRecord(entry);
        if (!entry.IsShared)
            RetainBody(entry, isHere: false);
        queue.NoteAcceptance(entry.Number, entry.AcceptedAt);
        Sit(slot, StateOf(entry));
    }

    private void LoadRows(Segment segment, Hint hint, int coldRunMin)
    {
        var rows = hint.Rows;
        var queues = new QueueState?[hint.LaneCount];
        var lanes = new Lane?[hint.LaneCount];
        var counts = new int[hint.LaneCount * Priority.Levels];
        var areLive = new bool[rows.Length];
        var canBeCold = new bool[rows.Length];
        for (var i = 0; i < rows.Length; i++)
        {
            ref readonly var row = ref rows[i];
            if (!_loading!.Decided.Add(row.Id))
                continue;
            if ((queues[row.Lane] ??= QueueOfRow(segment, hint, row)) is null)
            {
                NoteEnd(row.Id, segment.Number);
                continue;
            }
            areLive[i] = true;
            if (row.IsShared && !row.Body.IsNone)
                _loading.Shared.Add(row.Body);
        }
        // Only now: the copy of a message may stand behind it, and does when both are of this segment.
        for (var i = 0; i < rows.Length && coldRunMin > 0; i++)
        {
            ref readonly var row = ref rows[i];
            if (!areLive[i] || !CanBeCold(segment, row))
                continue;
            canBeCold[i] = true;
            lanes[row.Lane] ??= LaneFor(queues[row.Lane]!, hint.Lane(row.Lane, out _));
            counts[(row.Lane * Priority.Levels) + row.Priority]++;
        }
        ColdRows? cold = null;
        for (var i = 0; i < rows.Length; i++)
        {
            if (!areLive[i])
                continue;
            if (rows[i].IsConsumed)
                LoadWarm(segment, hint, rows[i], ConsumedLaneOf(queues[rows[i].Lane]!));
            else if (canBeCold[i] && counts[(rows[i].Lane * Priority.Levels) + rows[i].Priority] >= coldRunMin)
                LoadCold(hint, cold ??= ColdOf(segment, rows.Length), i, rows[i], lanes[rows[i].Lane]!);
            else
                LoadWarm(segment, hint, rows[i], lanes[rows[i].Lane] ??= LaneFor(queues[rows[i].Lane]!, hint.Lane(rows[i].Lane, out _)));
        }
    }

    private bool CanBeCold(Segment segment, in HintRow row) =>
        row.CanBeCold(_wallTicks) && !_loading!.Receives.ContainsKey(row.Id) && !_loading.Shared.Contains(row.Body)
        && (_loading.Bodies.Count == 0 || !_loading.Bodies.TryGetValue(row.Body, out var place) || place.Segment == segment.Number);

    private void LoadCold(Hint hint, ColdRows cold, int rank, in HintRow row, Lane lane)
    {
        lane.Messages++;
        lane.Queue.AddCold(row, lane);
        CountFlags(lane.Queue, FlagSetOf(hint, row), 1);
        ColdMessages++;
        cold.Add(Touch(cold.RunFor(lane, row.Priority)), rank, row);
        var segment = Segments.Find(cold.Segment)!;
        segment.Live += row.Body.IsNone ? 1 : 2;
        segment.LiveBytes += RecordWeight + (row.Body.IsNone ? 0 : row.ContentLength);
    }

    private void LoadWarm(Segment segment, Hint hint, in HintRow row, Lane lane)
    {
        var slot = EntryOf(hint, row, segment.Number, lane);
        ref var entry = ref _entries[slot];
        if (_loading!.Receives.Remove(row.Id, out var recorded))
        {
            entry.ReceiveCount = recorded.Count;
            NoteCount(row.Id, recorded.Segment);
        }
        entry.Time = (UInt48)DueOf(row.DueAt, row.IsDue);
        lane.Messages++;
        lane.Queue.Add(slot, lane.IsForConsumed);
        CountFlags(lane.Queue, FlagSetOf(entry), 1);
    }

    /// <summary>The queue of a row; null when it is gone and all in it.</summary>
    private QueueState? QueueOfRow(Segment segment, Hint hint, in HintRow row)
    {
        hint.Lane(row.Lane, out var identity);
        return FindOrRecoverQueue(identity, segment.Number);
    }

    private QueueState? FindOrRecoverQueue(long identity, uint segment) =>
        QueueByIdentity(identity) ?? (segment >= _loading!.StateFrom && !_loading.RemovedQueues.Contains(identity) ? RecoverQueue(identity) : null);

    private void ReplaceState(ReadOnlySpan<byte> operations)
    {
        var queues = new HashSet<long>();
        _documents.Clear();
        while (!operations.IsEmpty)
        {
            if (Operation.Kind(operations) == OperationKind.Queue)
                queues.Add((long)Operation.Id(operations));
            var length = Operation.Length(operations);
            Apply(operations[..length], default, record: 0);
            operations = operations[length..];
        }
        foreach (var queue in _queuesByIdentity.Values.Where(queue => !queues.Contains(queue.Identity)).ToArray())
            DropQueue(queue);
    }

    // A body's owner may stand elsewhere than those who share it, so the keys are gathered first.
    private void CountSharedBodies()
    {
        for (var slot = 1; slot < _entries.SlotsEnd; slot++)
        {
            ref var entry = ref _entries[slot];
            if (entry.Id != 0 && _loading!.Bodies.TryGetValue(entry.Body, out var place))
                _relocated[entry.Body] = place;
        }
        for (var slot = 1; slot < _entries.SlotsEnd && _loading!.Shared.Count > 0; slot++)
        {
            ref var entry = ref _entries[slot];
            if (entry.Id == 0 || !_loading.Shared.Contains(entry.Body))
                continue;
            entry.IsShared = true;
            Count(entry);
        }
    }
}

using Posthorn.Journal.Hints;
using Posthorn.Journal.Paging;
using Posthorn.Journal.Segments;
using Posthorn.Messages;

namespace Posthorn.Journal.Index;

/// <summary>Messages that leave memory while they wait for their turn, and come back before anybody misses them. In every figure they stay what they are.</summary>
internal sealed partial class MessageIndex
{
    private readonly List<ColdRun> _unsettled = [];

    /// <summary>Messages of which only a bit is in memory.</summary>
    public long ColdMessages { get; private set; }

    /// <summary>Whether a message that memory does not know may be cold.</summary>
    public bool MayBeCold(ulong id)
    {
        if (ColdMessages == 0)
            return false;
        foreach (var segment in Segments.All)
        {
            if (segment.Cold?.MayHold(id) == true)
                return true;
        }
        return false;
    }

    /// <summary>The lanes of a hint's rows as they are now; null where no message of a lane is left.</summary>
    public Lane?[] LanesOf(Hint hint)
    {
        var lanes = new Lane?[hint.LaneCount];
        Span<char> text = stackalloc char[256];
        for (var i = 0; i < lanes.Length; i++)
        {
            var group = hint.Lane(i, out var identity);
            var length = System.Text.Encoding.UTF8.GetCharCount(group);
            if (length > text.Length)
                text = new char[length];
            System.Text.Encoding.UTF8.GetChars(group, text);
            lanes[i] = QueueByIdentity(identity)?.LaneOf(text[..length]);
        }
        return lanes;
    }

    /// <summary>Whether a message stands as its row says and may wait on disk.</summary>
    /// <param name="segment">The segment of the row.</param>
    /// <param name="row">The row.</param>
    /// <param name="lane">Its lane.</param>
    /// <param name="keepAhead">Numbers from the head of its lane and priority on that stay in memory.</param>
    /// <param name="isKept">Becomes true when that is the reason why not.</param>
    public bool CanPageOut(Segment segment, in HintRow row, Lane lane, long keepAhead, ref bool isKept)
    {
        if (_ids[(long)row.Id] is var slot && slot == 0)
            return false;
        ref var entry = ref _entries[slot];
        if (entry.Record != new LogPosition(segment.Number, row.RecordAt) || entry.State != MessageState.Ready || entry.Lane != lane.Number
            || entry.Priority != row.Priority || entry.IsCommitting || entry.IsShared || entry.IsHeld || entry.ReceiveCount != 0 || lane.Queue.IsRemoved)
            return false;
        if (entry.Number - lane.HeadNumber(lane.LevelOf(entry.Priority)) < keepAhead)
        {
            isKept = true;
            return false;
        }
        return row.CanBeCold(long.MaxValue) && entry.Body == row.Body
            && (row.Body.IsNone || LocationOf(row.Body) == new LogPosition(segment.Number, row.BodyAt));
    }

    /// <summary>Takes a message out of memory for which <see cref="CanPageOut"/> holds.</summary>
    public void PageOut(Segment segment, int rows, int rank, in HintRow row, Lane lane)
    {
        var slot = _ids[(long)row.Id];
        var cold = ColdOf(segment, rows);
        cold.Add(Touch(cold.RunFor(lane, row.Priority)), rank, row);
        ColdMessages++;
        lane.Queue.PageOut(slot, lane);
        _relocated.Remove(row.Body); // the row has it
        _manyFlags.Remove(row.Id); // and that
        _ids[(long)row.Id] = 0;
        _entries.Give(slot);
    }

    /// <summary>Takes a cold message into memory.</summary>
    /// <param name="segment">The segment of its row.</param>
    /// <param name="hint">Its hint.</param>
    /// <param name="rank">Which row.</param>
    /// <param name="lane">Its lane; null when it is gone.</param>
    /// <param name="isInOrder">Whether rows are brought in by their number, from the lowest cold one on.</param>
    /// <returns>False when it is not cold (any more).</returns>
    public bool TryBringIn(Segment segment, Hint hint, int rank, Lane? lane, bool isInOrder)
    {
        ref readonly var row = ref hint.Rows[rank];
        if (!IsCold(segment, rank, row, lane))
            return false;
        var cold = segment.Cold!;
        cold.Remove(Touch(cold.RunOf(lane!, row.Priority)!), rank, row);
        ColdMessages--;
        var slot = EntryOf(hint, row, segment.Number, lane!);
        if (row.Body != new LogPosition(segment.Number, row.BodyAt) && !row.Body.IsNone)
            _relocated[row.Body] = new LogPosition(segment.Number, row.BodyAt);
        lane!.Queue.BringIn(slot, lane, isInOrder);
        return true;
    }

    public bool IsCold(Segment segment, int rank, in HintRow row, Lane? lane) =>
        lane is not null && segment.Cold is { Count: > 0 } cold && cold.IsCold(rank) && cold.RunOf(lane, row.Priority) is not null;

    /// <summary>Puts the runs of a segment of which messages were brought in into order again, their bounds found anew; before the lock is given up.</summary>
    public void SettleRuns(Segment segment, Hint hint, Lane?[] lanes)
    {
        if (_unsettled.Count == 0)
            return;
        var touched = new ColdRun?[lanes.Length * Priority.Levels];
        foreach (var run in _unsettled)
        {
            run.Narrow();
            touched[(Array.IndexOf(lanes, run.Lane) * Priority.Levels) + run.Priority] = run;
        }
        var rows = hint.Rows;
        for (var i = 0; i < rows.Length; i++)
        {
            ref readonly var row = ref rows[i];
            if (segment.Cold!.IsCold(i) && touched[(row.Lane * Priority.Levels) + row.Priority] is { } run)
                run.Widen(row);
        }
        segment.IsPagedOut = false;
        SettleRuns();
    }

    /// <summary>Puts the runs that were touched in order again; before the lock is given up.</summary>
    public void SettleRuns()
    {
        foreach (var run in _unsettled)
        {
            if (run.Count > 0)
                run.Lane.Queue.Order(run);
            else
                run.Segment.Cold!.Forget(run);
        }
        _unsettled.Clear();
    }

    /// <summary>Takes a run out of its order, since its bounds are about to change.</summary>
    private ColdRun Touch(ColdRun run)
    {
        if (run.IsOrdered)
            run.Lane.Queue.Disorder(run);
        else if (run.Count > 0)
            return run; // touched already
        _unsettled.Add(run);
        return run;
    }

    private static ColdRows ColdOf(Segment segment, int rows) => segment.Cold ??= new ColdRows(segment, rows);

    /// <summary>Makes the entry of a row; what it counts as is the caller's.</summary>
    private int EntryOf(Hint hint, in HintRow row, uint segment, Lane lane)
    {
        var slot = _entries.Take();
        _entries[slot] = Entry.Of(row, segment, lane);
        if (!lane.IsForConsumed)
            SetFlags(ref _entries[slot], FlagSetOf(hint, row));
        _ids[(long)row.Id] = slot;
        return slot;
    }

    /// <summary>Gives up the cold messages of a queue that is removed.</summary>
    private void DropCold(QueueState queue)
    {
        foreach (var run in queue.Cold.All.ToArray())
        {
            queue.Disorder(run);
            run.Segment.Cold!.Forget(run);
            run.Segment.HasUnknownEnds = true;
            ColdMessages -= run.Count;
            LeaveLane(run.Lane, run.Count);
            Weigh(run.Segment, (int)-(run.Count + run.Bodies), -((run.Count * RecordWeight) + run.Bytes));
        }
    }
}

using Posthorn.Journal.Hints;
using Posthorn.Journal.Index;
using Posthorn.Journal.Segments;

namespace Posthorn.Journal.Paging;

/// <summary>Which messages of a segment are cold: a bit for each row of its hint, and the runs they make.</summary>
/// <remarks>Guarded by the engine's lock. A bit counts only while its run is there: a queue that is removed takes its runs along, not the bits.</remarks>
internal sealed class ColdRows(Segment segment, int rows)
{
    private readonly ulong[] _bits = new ulong[(rows + 63) / 64];
    private readonly Dictionary<(Lane Lane, int Priority), ColdRun> _runs = [];

    public uint Segment => segment.Number;

    public long Count { get; private set; }

    /// <summary>No cold message has a lower id.</summary>
    public ulong FirstMessage { get; private set; } = ulong.MaxValue;

    /// <summary>No cold message has a higher id.</summary>
    public ulong LastMessage { get; private set; }

    public bool IsCold(int rank) => (_bits[rank >> 6] & (1UL << (rank & 63))) != 0;

    public ColdRun? RunOf(Lane lane, int priority) => _runs.GetValueOrDefault((lane, priority));

    public ColdRun RunFor(Lane lane, int priority)
    {
        if (!_runs.TryGetValue((lane, priority), out var run))
            _runs.Add((lane, priority), run = new ColdRun(segment, lane, priority));
        return run;
    }

    public void Add(ColdRun run, int rank, in HintRow row)
    {
        _bits[rank >> 6] |= 1UL << (rank & 63);
        run.Add(row);
        Count++;
        FirstMessage = Math.Min(FirstMessage, row.Id);
        LastMessage = Math.Max(LastMessage, row.Id);
    }

    public void Remove(ColdRun run, int rank, in HintRow row)
    {
        _bits[rank >> 6] &= ~(1UL << (rank & 63));
        run.Remove(row);
        Count--;
    }

    /// <summary>Forgets a run: it is empty, or its queue is gone.</summary>
    public void Forget(ColdRun run)
    {
        _runs.Remove((run.Lane, run.Priority));
        Count -= run.Count;
    }

    public bool MayHold(ulong id) => Count > 0 && id >= FirstMessage && id <= LastMessage;
}

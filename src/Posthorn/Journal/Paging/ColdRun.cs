using Posthorn.Journal.Hints;
using Posthorn.Journal.Index;
using Posthorn.Journal.Segments;

namespace Posthorn.Journal.Paging;

/// <summary>The cold messages of one lane and one priority in one segment: all that memory keeps of them, but for a bit each.</summary>
/// <remarks>Guarded by the engine's lock. The lowest number is exact, so that nothing behind it is handed out before it.</remarks>
internal sealed class ColdRun(Segment segment, Lane lane, int priority)
{
    public Segment Segment { get; } = segment;

    public Lane Lane { get; } = lane;

    public int Priority { get; } = priority;

    public long Count { get; private set; }

    /// <summary>How many of them have a body.</summary>
    public long Bodies { get; private set; }

    /// <summary>Bytes of content.</summary>
    public long Bytes { get; private set; }

    public long Lowest { get; private set; } = long.MaxValue;

    /// <summary>No number above it is in the run.</summary>
    public long Highest { get; private set; }

    /// <summary>When the message of the lowest number came into the queue, in milliseconds of Unix time.</summary>
    public long LowestEnqueuedAt { get; private set; }

    /// <summary>None was accepted before, in seconds of <see cref="Entry.AcceptedEpoch"/>.</summary>
    public uint OldestAcceptedAt { get; private set; } = uint.MaxValue;

    /// <summary>Whether it stands in its queue's and its level's order; it must not while <see cref="Lowest"/> changes.</summary>
    public bool IsOrdered { get; set; }

    /// <summary>Whether it is about to be brought in.</summary>
    public bool IsWanted { get; set; }

    /// <summary>Whether a number of its queue may be of one of its messages.</summary>
    public bool MayHold(long number) => number >= Lowest && number <= Highest;

    public void Add(in HintRow row)
    {
        Count++;
        Bodies += row.Body.IsNone ? 0 : 1;
        Bytes += row.ContentLength;
        Widen(row);
    }

    public void Remove(in HintRow row)
    {
        Count--;
        Bodies -= row.Body.IsNone ? 0 : 1;
        Bytes -= row.ContentLength;
    }

    /// <summary>Forgets its bounds, to find them anew with <see cref="Widen"/>.</summary>
    public void Narrow() => (Lowest, Highest, LowestEnqueuedAt, OldestAcceptedAt) = (long.MaxValue, 0, 0, uint.MaxValue);

    public void Widen(in HintRow row)
    {
        if (row.Number < Lowest)
            (Lowest, LowestEnqueuedAt) = (row.Number, row.EnqueuedAt);
        Highest = Math.Max(Highest, row.Number);
        OldestAcceptedAt = Math.Min(OldestAcceptedAt, row.AcceptedAt);
    }
}

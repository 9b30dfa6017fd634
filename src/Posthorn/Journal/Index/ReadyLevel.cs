using Posthorn.Journal.Paging;
using Posthorn.Messages;

namespace Posthorn.Journal.Index;

/// <summary>
/// The ready messages of one lane and one level by number: a list of those that came in order, linked through the entries,
/// a heap of those that came back (released, expired, due), so that each has its old place again, and runs of cold ones on disk.
/// </summary>
internal sealed class ReadyLevel(EntryTable entries, Lane lane, int level)
{
    private readonly PriorityQueue<int, long> _returned = new();
    private int _first, _last;
    private int _returnedCount;

    /// <summary>The last of the list with a number below all cold ones: behind it goes what is brought in. 0 is in front of the list.</summary>
    private int _seam;

    public int Count { get; private set; }

    /// <summary>Those of its messages that are on disk only.</summary>
    public ColdRuns Cold { get; } = new();

    /// <summary>The number that comes next, cold or not; beyond all numbers when there is none.</summary>
    public long HeadNumber => Math.Min(Head is var slot and not 0 ? entries[slot].Number : long.MaxValue, Cold.Lowest);

    /// <summary>The slot that comes next, when it is not cold; 0 when there is none.</summary>
    public int Next(out ColdRun? cold)
    {
        var slot = Head;
        cold = Cold.First;
        if (cold is null || (slot != 0 && entries[slot].Number < cold.Lowest))
        {
            cold = null;
            return slot;
        }
        return 0;
    }

    /// <summary>The slot of the lowest number that is in memory; 0 when there is none.</summary>
    public int Head
    {
        get
        {
            while (_returned.TryPeek(out var slot, out var number) && !IsCurrent(slot, number))
                _returned.Dequeue();
            if (_returnedCount == 0)
                return _first;
            var back = _returned.Peek();
            return _first == 0 || entries[back].Number < entries[_first].Number ? back : _first;
        }
    }

    public void Add(int slot)
    {
        ref var entry = ref entries[slot];
        Count++;
        if (_last != 0 && entries[_last].Number > entry.Number)
        {
            entry.IsReturned = true;
            _returned.Enqueue(slot, entry.Number);
            _returnedCount++;
            if (_returned.Count > 2 * _returnedCount + 64)
                DropStale();
            return;
        }
        entry.IsReturned = false;
        entry.Previous = _last;
        entry.Next = 0;
        if (_last != 0)
            entries[_last].Next = slot;
        else
            _first = slot;
        _last = slot;
        if (entry.Number < Cold.Lowest)
            _seam = slot;
    }

    /// <summary>Puts one back in order that was cold; a number behind the one before it, as they are read.</summary>
    public void BringIn(int slot)
    {
        ref var entry = ref entries[slot];
        if (_seam != 0 && entries[_seam].Number > entry.Number)
        {
            Add(slot);
            return;
        }
        var next = _seam == 0 ? _first : entries[_seam].Next;
        while (next != 0 && entries[next].Number < entry.Number)
            (_seam, next) = (next, entries[next].Next);
        Count++;
        entry.IsReturned = false;
        (entry.Previous, entry.Next) = (_seam, next);
        if (_seam != 0)
            entries[_seam].Next = slot;
        else
            _first = slot;
        if (next != 0)
            entries[next].Previous = slot;
        else
            _last = slot;
        _seam = slot;
    }

    /// <summary>Finds the seam again when the first cold number has become a lower one.</summary>
    public void FindSeam()
    {
        while (_seam != 0 && entries[_seam].Number > Cold.Lowest)
            _seam = entries[_seam].Previous;
    }

    public void Remove(int slot)
    {
        ref var entry = ref entries[slot];
        Count--;
        if (entry.IsReturned)
        {
            // Its item stays in the heap until it comes up; it is told from a current one by IsCurrent.
            entry.IsReturned = false;
            _returnedCount--;
            return;
        }
        if (_seam == slot)
            _seam = entry.Previous;
        if (entry.Previous != 0)
            entries[entry.Previous].Next = entry.Next;
        else
            _first = entry.Next;
        if (entry.Next != 0)
            entries[entry.Next].Previous = entry.Previous;
        else
            _last = entry.Previous;
        entry.Next = entry.Previous = 0;
    }

    // An item may outlive its message's stay. Should the same message have come back meanwhile, any of its items stands for it.
    private bool IsCurrent(int slot, long number)
    {
        ref var entry = ref entries[slot];
        return entry.IsReturned && entry.Number == number && entry.State == MessageState.Ready && entry.Lane == lane.Number && lane.LevelOf(entry.Priority) == level;
    }

    private void DropStale()
    {
        var seen = new HashSet<int>();
        var current = _returned.UnorderedItems.Where(item => IsCurrent(item.Element, item.Priority) && seen.Add(item.Element)).ToArray();
        _returned.Clear();
        _returned.EnqueueRange(current);
    }
}

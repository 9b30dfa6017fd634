using Posthorn.Messages;

namespace Posthorn.Journal.Index;

/// <summary>
/// The ready messages of one lane and one level by number: a list of those that came in order, linked through the entries,
/// and a heap of those that came back (released, expired, due), so that each has its old place again.
/// </summary>
internal sealed class ReadyLevel(EntryTable entries, Lane lane, int level)
{
    private readonly PriorityQueue<int, long> _returned = new();
    private int _first, _last;
    private int _returnedCount;

    public int Count { get; private set; }

    /// <summary>The slot of the lowest number; 0 when there is none.</summary>
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
        return entry.IsReturned && entry.Number == number && entry.State == MessageState.Ready && entry.Lane == lane.Number && lane.LevelOf(entry) == level;
    }

    private void DropStale()
    {
        var seen = new HashSet<int>();
        var current = _returned.UnorderedItems.Where(item => IsCurrent(item.Element, item.Priority) && seen.Add(item.Element)).ToArray();
        _returned.Clear();
        _returned.EnqueueRange(current);
    }
}

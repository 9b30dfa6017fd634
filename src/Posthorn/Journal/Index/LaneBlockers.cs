using Posthorn.Messages;

namespace Posthorn.Journal.Index;

/// <summary>The messages of one lane of a FIFO queue that are not ready, by number: what stands behind the first of them waits.</summary>
/// <remarks>A heap from which items are dropped when they come up: taking a message out of its middle would cost a search.</remarks>
internal sealed class LaneBlockers(EntryTable entries, Lane lane)
{
    private readonly PriorityQueue<int, long> _items = new();
    private int _count;

    /// <summary>The lowest number; <see cref="long.MaxValue"/> when nothing is in the way.</summary>
    public long First
    {
        get
        {
            while (_items.TryPeek(out var slot, out var number))
            {
                if (IsCurrent(slot, number))
                    return number;
                _items.Dequeue();
            }
            return long.MaxValue;
        }
    }

    public void Add(int slot)
    {
        _items.Enqueue(slot, entries[slot].Number);
        _count++;
        if (_items.Count > 2 * _count + 64)
            DropStale();
    }

    /// <summary>Counts a message out that is about to change its state.</summary>
    public void Remove() => _count--;

    private bool IsCurrent(int slot, long number)
    {
        ref var entry = ref entries[slot];
        return entry.Id != 0 && entry.Number == number && entry.Lane == lane.Number && entry.State != MessageState.Ready;
    }

    private void DropStale()
    {
        var seen = new HashSet<int>();
        var current = _items.UnorderedItems.Where(item => IsCurrent(item.Element, item.Priority) && seen.Add(item.Element)).ToArray();
        _items.Clear();
        _items.EnqueueRange(current);
    }
}

using System.Numerics;

namespace Posthorn.Journal.Index;

/// <summary>
/// A hierarchical timing wheel (Varghese and Lauck 1987): eight levels of 64 slots, a millisecond to 8 900 years. Putting in and taking out
/// cost the same whatever waits; entries are linked through <see cref="Entry.Next"/> and carry their time in <see cref="Entry.Time"/>.
/// </summary>
/// <remarks>Guarded by the engine's lock.</remarks>
internal sealed class TimingWheel(EntryTable entries, long now)
{
    private const int Levels = 8;
    private const int SlotBits = 6;
    private const int SlotMask = (1 << SlotBits) - 1;

    /// <summary>The first entry of each slot; 0 is none.</summary>
    private readonly int[] _heads = new int[Levels << SlotBits];
    private readonly ulong[] _occupied = new ulong[Levels];

    /// <summary>Everything before this has been given out; what is due at this very time may still be in.</summary>
    public long Now { get; private set; } = now;

    public int Count { get; private set; }

    /// <summary>When something may be due next; <see cref="long.MaxValue"/> when nothing waits. Never later than the first due time.</summary>
    public long NextDue => TryFindNext(out _, out _, out var at) ? at : long.MaxValue;

    /// <summary>Puts an entry in by its time; one that has passed is due at the next <see cref="TryTakeDue"/>.</summary>
    public void Add(int slot)
    {
        Count++;
        Link(slot);
    }

    public void Remove(int slot)
    {
        Count--;
        ref var entry = ref entries[slot];
        if (entry.Previous != 0)
            entries[entry.Previous].Next = entry.Next;
        else
        {
            var (level, index) = PlaceOf(entry.Time);
            _heads[(level << SlotBits) | index] = entry.Next;
            if (entry.Next == 0)
                _occupied[level] &= ~(1UL << index);
        }
        if (entry.Next != 0)
            entries[entry.Next].Previous = entry.Previous;
        entry.Next = entry.Previous = 0;
    }

    /// <summary>Takes out one entry that is due at <paramref name="now"/>; 0 when there is none. Time given backwards counts as no time gone.</summary>
    public int TryTakeDue(long now)
    {
        while (TryFindNext(out var level, out var index, out var at) && at <= now)
        {
            var head = _heads[(level << SlotBits) | index];
            if (level == 0)
            {
                // Now stays: places are told by it, so it may not pass entries that are linked.
                Remove(head);
                return head;
            }
            Cascade(level, index, at);
        }
        Now = Math.Max(Now, now);
        return 0;
    }

    /// <summary>Starts again at an earlier time: the wall clock was set back.</summary>
    public void Rewind(long now)
    {
        var all = new List<int>(Count);
        for (var i = 0; i < _heads.Length; i++)
        {
            for (var slot = _heads[i]; slot != 0; slot = entries[slot].Next)
                all.Add(slot);
        }
        Array.Clear(_heads);
        Array.Clear(_occupied);
        Now = now;
        foreach (var slot in all)
            Link(slot);
    }

    private void Cascade(int level, int index, long at)
    {
        var slot = _heads[(level << SlotBits) | index];
        _heads[(level << SlotBits) | index] = 0;
        _occupied[level] &= ~(1UL << index);
        Now = Math.Max(Now, at);
        while (slot != 0)
        {
            var next = entries[slot].Next;
            Link(slot);
            slot = next;
        }
    }

    private void Link(int slot)
    {
        ref var entry = ref entries[slot];
        if (entry.Time < Now)
            entry.Time = (UInt48)Now;
        var (level, index) = PlaceOf(entry.Time);
        ref var head = ref _heads[(level << SlotBits) | index];
        entry.Previous = 0;
        entry.Next = head;
        if (head != 0)
            entries[head].Previous = slot;
        head = slot;
        _occupied[level] |= 1UL << index;
    }

    // The level is that of the highest six bits in which the time differs from the present.
    private (int Level, int Index) PlaceOf(long time)
    {
        var differing = (ulong)(time ^ Now) | SlotMask;
        var level = (63 - BitOperations.LeadingZeroCount(differing)) / SlotBits;
        return (level, (int)(time >> (level * SlotBits)) & SlotMask);
    }

    private bool TryFindNext(out int level, out int index, out long at)
    {
        // Lower levels hold only times that share all higher bits with the present, so the first level with anything has the earliest.
        for (level = 0; level < Levels; level++)
        {
            if (_occupied[level] == 0)
                continue;
            var shift = level * SlotBits;
            index = BitOperations.TrailingZeroCount(_occupied[level]);
            var range = Now >> shift & ~(long)SlotMask;
            at = (range | (long)(uint)index) << shift;
            return true;
        }
        index = 0;
        at = long.MaxValue;
        return false;
    }
}

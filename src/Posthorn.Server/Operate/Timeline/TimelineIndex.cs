using System.Numerics;

namespace Posthorn.Server.Operate.Timeline;

/// <summary>
/// Which lines of a file have a key: 24 bytes an entry in memory. Grows while the file is written; sealed, it becomes the file's sidecar
/// (<see cref="TimelineSidecar"/>). Not safe for several threads: its owner locks.
/// </summary>
internal sealed class TimelineIndex
{
    private Entry[] _entries = new Entry[256];
    private int[] _buckets = new int[256];

    /// <summary>Number of pairs of key and line.</summary>
    public int Count { get; private set; }

    public void Add(ulong key, uint offset)
    {
        if (Count == _entries.Length)
            Grow();
        ref var bucket = ref _buckets[(int)(key & (uint)(_buckets.Length - 1))];
        _entries[Count] = new Entry(key, offset, bucket);
        // 1-based, so that a new array of zeros is empty.
        bucket = ++Count;
    }

    /// <summary>Adds the offsets of the lines with a key, latest first, to <paramref name="offsets"/> until it has <paramref name="max"/>.</summary>
    public void Find(ulong key, List<uint> offsets, int max)
    {
        for (var at = _buckets[(int)(key & (uint)(_buckets.Length - 1))]; at != 0 && offsets.Count < max; at = _entries[at - 1].Next)
        {
            if (_entries[at - 1].Key == key)
                offsets.Add(_entries[at - 1].Offset);
        }
    }

    /// <summary>All pairs, ordered by key, then by offset.</summary>
    public (ulong Key, uint Offset)[] Sorted()
    {
        var sorted = new (ulong Key, uint Offset)[Count];
        for (var i = 0; i < Count; i++)
            sorted[i] = (_entries[i].Key, _entries[i].Offset);
        Array.Sort(sorted);
        return sorted;
    }

    private void Grow()
    {
        Array.Resize(ref _entries, _entries.Length * 2);
        _buckets = new int[BitOperations.RoundUpToPowerOf2((uint)_entries.Length)];
        for (var i = 0; i < Count; i++)
        {
            ref var bucket = ref _buckets[(int)(_entries[i].Key & (uint)(_buckets.Length - 1))];
            _entries[i] = _entries[i] with { Next = bucket };
            bucket = i + 1;
        }
    }

    private readonly record struct Entry(ulong Key, uint Offset, int Next);
}

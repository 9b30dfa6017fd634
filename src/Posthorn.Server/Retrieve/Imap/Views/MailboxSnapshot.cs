namespace Posthorn.Server.Retrieve.Imap.Views;

/// <summary>
/// Which messages a mailbox had at a moment, in order: what sequence numbers stand for (RFC 3501 2.3.1.2). It never changes, and sessions that know
/// the same share one; what did not change between two of them they share too.
/// </summary>
internal sealed class MailboxSnapshot
{
    private readonly Slice[] _slices;

    private MailboxSnapshot(Slice[] slices) => _slices = slices;

    public static MailboxSnapshot Empty { get; } = new([]);

    /// <summary>How many messages.</summary>
    public int Count => _slices.Length == 0 ? 0 : _slices[^1].Before + _slices[^1].Count;

    /// <summary>The highest UID; 0 when it is empty.</summary>
    public uint LastUid => _slices.Length == 0 ? 0 : _slices[^1].Uids[^1];

    public static MailboxSnapshot Of(IReadOnlyList<ViewChunk> chunks)
    {
        var slices = new Slice[chunks.Count];
        var before = 0;
        for (var i = 0; i < slices.Length; i++)
        {
            slices[i] = new Slice(chunks[i].Uids, 0, chunks[i].Count, before);
            before += chunks[i].Count;
        }
        return new MailboxSnapshot(slices);
    }

    /// <summary>The UID of a sequence number, 1 to <see cref="Count"/>.</summary>
    public uint UidAt(int sequence)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(sequence, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(sequence, Count);
        var (low, high) = (0, _slices.Length - 1);
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            if (_slices[middle].Before < sequence)
                low = middle;
            else
                high = middle - 1;
        }
        return _slices[low].Uids[sequence - 1 - _slices[low].Before];
    }

    /// <summary>The sequence number of a UID; 0 when there is none.</summary>
    public int SequenceOf(uint uid)
    {
        var sequence = FirstFrom(uid);
        return sequence <= Count && UidAt(sequence) == uid ? sequence : 0;
    }

    /// <summary>The sequence number of the first message whose UID is not below <paramref name="uid"/>; one more than <see cref="Count"/> when there is none.</summary>
    public int FirstFrom(uint uid)
    {
        var (low, high) = (0, _slices.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_slices[middle].Uids[^1] < uid)
                low = middle + 1;
            else
                high = middle;
        }
        if (low == _slices.Length)
            return Count + 1;
        var index = _slices[low].Uids.BinarySearch(uid);
        return _slices[low].Before + (index < 0 ? ~index : index) + 1;
    }

    /// <summary>The messages from one sequence number to another, both included, as sequence number and UID.</summary>
    public IEnumerable<(int Sequence, uint Uid)> Range(int first, int last)
    {
        foreach (var slice in _slices)
        {
            if (slice.Before + slice.Count < first)
                continue;
            for (var sequence = Math.Max(first, slice.Before + 1); sequence <= slice.Before + slice.Count; sequence++)
            {
                if (sequence > last)
                    yield break;
                yield return (sequence, slice.Uids[sequence - 1 - slice.Before]);
            }
        }
    }

    /// <summary>What is in this one and not in <paramref name="newer"/>, as sequence numbers of this one and UIDs, ascending.</summary>
    public List<(int Sequence, uint Uid)> MissingIn(MailboxSnapshot newer)
    {
        var missing = new List<(int, uint)>();
        var (theirs, at) = (0, 0);
        foreach (var slice in _slices)
        {
            for (var i = 0; i < slice.Count; i++)
            {
                // What stands in the same array from the same place on did not change; one look saves five hundred.
                if (at == 0 && theirs < newer._slices.Length && newer._slices[theirs].IsSameFrom(slice, i, out var same))
                {
                    (i, at) = (i + same - 1, same);
                }
                else
                {
                    newer.Skip(ref theirs, ref at, slice.Uids[i]);
                    if (theirs < newer._slices.Length && newer._slices[theirs].Uids[at] == slice.Uids[i])
                        at++;
                    else
                        missing.Add((slice.Before + i + 1, slice.Uids[i]));
                }
                if (theirs < newer._slices.Length && at == newer._slices[theirs].Count)
                    (theirs, at) = (theirs + 1, 0);
            }
        }
        return missing;
    }

    /// <summary>All of this one and behind it what came into <paramref name="newer"/>: for when nobody may be told of what is gone.</summary>
    public MailboxSnapshot WithAppended(MailboxSnapshot newer)
    {
        var first = newer.FirstFrom(Count == 0 ? 0 : LastUid + 1);
        if (first > newer.Count || LastUid == uint.MaxValue)
            return this;
        var slices = new List<Slice>(_slices);
        var before = Count;
        foreach (var slice in newer._slices)
        {
            var skipped = Math.Max(0, first - 1 - slice.Before);
            if (skipped >= slice.Count)
                continue;
            slices.Add(new Slice(slice.Array, slice.Start + skipped, slice.Count - skipped, before));
            before += slice.Count - skipped;
        }
        return new MailboxSnapshot([.. slices]);
    }

    /// <summary>
    /// The messages that a client was told of by figures alone, so many with UIDs below another: it knows no UID yet, but how many there are. Those that were
    /// removed meanwhile have numbers of their own, of UIDs that nobody has, to be told as gone.
    /// </summary>
    /// <param name="count">How many it was told of.</param>
    /// <param name="uidNext">The UID that the next message was to have.</param>
    public MailboxSnapshot AsPromised(int count, uint uidNext)
    {
        var below = FirstFrom(uidNext) - 1;
        if (below >= count)
            return count == Count ? this : Prefix(count);
        var uids = new uint[count];
        var (missing, at, free) = (count - below, 0, 1u);
        foreach (var uid in Range(1, below).Select(m => m.Uid))
        {
            for (; missing > 0 && free < uid; missing--)
                uids[at++] = free++;
            uids[at++] = uid;
            free = uid + 1;
        }
        while (at < count)
            uids[at++] = free++;
        return new MailboxSnapshot([new Slice(uids, 0, count, 0)]);
    }

    private MailboxSnapshot Prefix(int count) => new([.. _slices.Where(s => s.Before < count).Select(s => s with { Count = Math.Min(s.Count, count - s.Before) })]);

    /// <summary>Goes on to the first message whose UID is not below <paramref name="uid"/>.</summary>
    private void Skip(ref int slice, ref int at, uint uid)
    {
        while (slice < _slices.Length && _slices[slice].Uids[^1] < uid)
            (slice, at) = (slice + 1, 0);
        while (slice < _slices.Length && _slices[slice].Uids[at] < uid)
            at++;
    }

    /// <summary>A part of a chunk's UIDs; never empty.</summary>
    private readonly record struct Slice(uint[] Array, int Start, int Count, int Before)
    {
        public ReadOnlySpan<uint> Uids => Array.AsSpan(Start, Count);

        public bool IsSameFrom(Slice other, int index, out int count)
        {
            count = Math.Min(Count, other.Count - index);
            return ReferenceEquals(Array, other.Array) && Start == other.Start + index;
        }
    }
}

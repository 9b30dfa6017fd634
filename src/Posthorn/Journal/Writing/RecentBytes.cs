using Posthorn.Journal.Segments;

namespace Posthorn.Journal.Writing;

/// <summary>
/// The last bytes of the journal in memory: a ring of chunks into which batches are built in place, so that what is consumed soon never
/// touches the disk and nothing is copied to keep it.
/// </summary>
/// <remarks>Guarded by the engine's lock.</remarks>
internal sealed class RecentBytes(int chunkBytes, int chunksMax)
{
    private readonly Queue<Chunk> _chunks = new();
    private readonly List<Range> _ranges = [];
    private int _firstRange;
    private Chunk? _current;

    /// <summary>The chunk in which <paramref name="length"/> more bytes have room; null when everything is full of batches that wait for the disk.</summary>
    public Chunk? ChunkFor(int length)
    {
        if (_current is not null && _current.Bytes.Length - _current.Used >= length)
            return _current;
        if (length > chunkBytes)
            return new Chunk(length); // a giant has its own and is not kept
        if (_chunks.Count < chunksMax)
            _current = new Chunk(chunkBytes);
        else if (_chunks.Peek().BatchesUnderWay > 0)
            return null;
        else
            _current = Recycle(_chunks.Dequeue());
        _chunks.Enqueue(_current);
        return _current;
    }

    /// <summary>Notes where a batch was written; batches come in the order of the journal.</summary>
    public void Add(LogPosition position, Chunk chunk, int offset, int length)
    {
        if (chunk.Bytes.Length == chunkBytes)
            _ranges.Add(new Range(position, chunk, offset, length));
    }

    /// <summary>Pins the bytes from a position on when they are in memory.</summary>
    public bool TryPin(LogPosition position, out PinnedBytes bytes)
    {
        bytes = default;
        int low = _firstRange, high = _ranges.Count;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_ranges[middle].Position.Value <= position.Value)
                low = middle + 1;
            else
                high = middle;
        }
        if (low == _firstRange)
            return false;
        var range = _ranges[low - 1];
        var into = position.Value - range.Position.Value;
        if (into >= range.Length)
            return false;
        bytes = new PinnedBytes(range.Chunk, range.Offset + (int)into, range.Length - (int)into);
        return true;
    }

    private Chunk Recycle(Chunk chunk)
    {
        while (_firstRange < _ranges.Count && _ranges[_firstRange].Chunk == chunk)
            _firstRange++;
        if (_firstRange > 1024 && _firstRange > _ranges.Count / 2)
        {
            _ranges.RemoveRange(0, _firstRange);
            _firstRange = 0;
        }
        if (chunk.IsPinned)
            return new Chunk(chunkBytes); // a reader still looks at the old one; it goes when he has finished
        chunk.Used = 0;
        return chunk;
    }

    private readonly record struct Range(LogPosition Position, Chunk Chunk, int Offset, int Length);
}

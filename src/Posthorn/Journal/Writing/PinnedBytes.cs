using Posthorn.Journal.Segments;

namespace Posthorn.Journal.Writing;

/// <summary>Bytes of the journal that stay where they are until released: in memory when they were written lately, else in a segment's file.</summary>
internal readonly struct PinnedBytes
{
    private readonly Chunk? _chunk;
    private readonly Segment? _segment;
    private readonly long _offset;
    private readonly int _available;

    public PinnedBytes(Chunk chunk, int offset, int available)
    {
        chunk.Pin();
        (_chunk, _offset, _available) = (chunk, offset, available);
    }

    public PinnedBytes(Segment segment, uint offset)
    {
        segment.Pin();
        (_segment, _offset) = (segment, offset);
    }

    /// <summary>Whether it is in memory: then <see cref="Memory"/> has it, and all that follows in its batch.</summary>
    public bool IsInMemory => _chunk is not null;

    public ReadOnlySpan<byte> Memory => _chunk!.Bytes.AsSpan((int)_offset, _available);

    /// <summary>Reads from the file, from <paramref name="skip"/> bytes behind the position on.</summary>
    public ValueTask<int> ReadAsync(int skip, Memory<byte> target) => _segment!.File.ReadAsync(_offset + skip, target);

    /// <summary>How far behind this one another one begins in the same file; false when it does not, or one of them is in memory.</summary>
    public bool TryDistance(in PinnedBytes other, out long distance)
    {
        distance = other._offset - _offset;
        return _segment is not null && _segment == other._segment && distance >= 0;
    }

    public void Release()
    {
        _chunk?.Unpin();
        _segment?.Unpin();
    }
}

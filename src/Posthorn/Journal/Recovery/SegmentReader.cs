using System.Buffers.Binary;
using Posthorn.Files;
using Posthorn.Journal.Format;
using Posthorn.Journal.Segments;

namespace Posthorn.Journal.Recovery;

/// <summary>Reads a segment's records one after another and verifies each; stops before the first that is not what was written.</summary>
/// <param name="file">The segment's file.</param>
/// <param name="header">Its header.</param>
/// <param name="checksBodies">Whether bodies are verified too; whoever uses only the operations saves most of the time.</param>
internal sealed class SegmentReader(IJournalFile file, SegmentHeader header, bool checksBodies = true)
{
    private const int WindowLength = 512 << 10;

    private byte[] _window = [];
    private long _windowAt;
    private int _windowLength;

    public SegmentHeader Header => header;

    /// <summary>Where the next record begins, or would begin.</summary>
    public long Offset { get; private set; } = SegmentHeader.RecordsAt;

    /// <summary>The number that the next record must have.</summary>
    public ulong NextNumber { get; private set; } = header.FirstRecord;

    /// <summary>The checksum that the next record must name as that of the one before.</summary>
    public uint LastChecksum { get; private set; } = header.PreviousChecksum;

    /// <summary>The record read last.</summary>
    public RecordHeader Record { get; private set; }

    /// <summary>Where the record read last begins.</summary>
    public long RecordOffset { get; private set; }

    /// <summary>Its operations; valid until the next read.</summary>
    public ReadOnlyMemory<byte> Operations { get; private set; }

    /// <summary>Its bodies; valid until the next read.</summary>
    public ReadOnlyMemory<byte> Bodies { get; private set; }

    /// <summary>Whether the record read last seals the segment: it has no more.</summary>
    public bool IsSealed { get; private set; }

    /// <summary>Reads a segment's header from the first copy that is right.</summary>
    public static async ValueTask<(SegmentHeader? Header, bool IsFirstCopyDamaged)> ReadHeaderAsync(IJournalFile file)
    {
        var start = new byte[SegmentHeader.RecordsAt];
        var count = await file.ReadAsync(0, start);
        if (SegmentHeader.TryRead(start.AsSpan(0, Math.Min(count, SegmentHeader.Length)), out var first))
            return (first, false);
        return count == start.Length && SegmentHeader.TryRead(start.AsSpan(SegmentHeader.CopyAt), out var second) ? (second, true) : (null, true);
    }

    /// <summary>Reads the next record.</summary>
    /// <returns>False at the end: behind the seal, or before bytes that are not the next record.</returns>
    public async ValueTask<bool> ReadAsync()
    {
        if (IsSealed)
            return false;
        var bytes = await WindowAsync(Offset, RecordHeader.Length);
        if (!RecordHeader.TryRead(bytes.Span, header.Salt, out var record, out var checksum)
            || record.Number != NextNumber || record.PreviousChecksum != LastChecksum || Offset + record.RecordLength > header.Size)
            return false;
        bytes = await WindowAsync(Offset, record.RecordLength);
        if (bytes.Length < record.RecordLength || !IsIntact(record, bytes.Span))
            return false;
        (Record, RecordOffset) = (record, Offset);
        Operations = bytes.Slice(RecordHeader.Length, record.OperationsLength);
        Bodies = bytes.Slice(RecordHeader.Length + record.OperationsLength, record.BodiesLength);
        Offset += record.RecordLength;
        var isGap = record.Type == RecordType.Gap;
        // A gap up to the segment's end stands for the seal too: a seal behind it could not have the checksum that the next segment names.
        IsSealed = record.Type == RecordType.Sealed || (isGap && Offset == header.Size);
        (NextNumber, LastChecksum) = isGap ? GapCodec.Read(record) : (record.Number + 1, checksum);
        if (isGap)
            Operations = ReadOnlyMemory<byte>.Empty;
        return true;
    }

    /// <summary>Looks beyond the place where reading stopped for records that are what was written.</summary>
    public async ValueTask<(Beyond Beyond, long FirstAt, ulong FirstNumber, uint FirstPrevious)> LookBeyondAsync()
    {
        var found = (Beyond: Beyond.Nothing, FirstAt: -1L, FirstNumber: 0UL, FirstPrevious: 0U);
        for (var at = Offset; at + RecordHeader.Length <= header.Size; at += WindowLength - RecordHeader.Length)
        {
            var window = await WindowAsync(at, (int)Math.Min(WindowLength, header.Size - at));
            for (var i = 0; i + RecordHeader.Length <= window.Length; i += 8)
            {
                var candidate = window.Span[i..];
                if (BinaryPrimitives.ReadUInt32LittleEndian(candidate) == 0 || !RecordHeader.TryRead(candidate, header.Salt, out var record, out _))
                    continue;
                if (record.Number <= NextNumber)
                    continue; // the missing one's own header proves nothing: it may have reached the disk before the rest of it
                if (found.FirstAt < 0)
                    (found.FirstAt, found.FirstNumber, found.FirstPrevious) = (at + i, record.Number, record.PreviousChecksum);
                if (record.DurableNumber >= NextNumber)
                    return found with { Beyond = Beyond.Acknowledged };
                found.Beyond = Beyond.Unsynced;
            }
            if (window.Length < WindowLength)
                break;
        }
        return found;
    }

    /// <summary>Goes on reading at another place, for a repair, or at the same after something was written there.</summary>
    public void ContinueAt(long offset, ulong number, uint previousChecksum) => (Offset, NextNumber, LastChecksum, _windowLength) = (offset, number, previousChecksum, 0);

    private bool IsIntact(in RecordHeader record, ReadOnlySpan<byte> bytes)
    {
        var operations = bytes.Slice(RecordHeader.Length, record.OperationsLength);
        if (Checksum.Of(operations) != record.OperationsChecksum)
            return false;
        var bodies = bytes.Slice(RecordHeader.Length + record.OperationsLength, record.BodiesLength);
        if (bodies.IsEmpty || !checksBodies)
            return true;
        if (operations.IsEmpty || Operation.Kind(operations) != OperationKind.Bodies)
            return false;
        for (var i = 0; i < Operation.Count(operations); i++)
        {
            var inTable = operations.Slice(Operation.HeaderLength + (i * BodyCodec.HeaderLength), BodyCodec.HeaderLength);
            var (length, checksum) = BodyCodec.ReadHeader(inTable);
            if (bodies.Length < BodyCodec.Space(length) || !bodies[..BodyCodec.HeaderLength].SequenceEqual(inTable)
                || Checksum.Of(bodies.Slice(BodyCodec.HeaderLength, length)) != checksum)
                return false;
            bodies = bodies[BodyCodec.Space(length)..];
        }
        return true;
    }

    private async ValueTask<ReadOnlyMemory<byte>> WindowAsync(long offset, int length)
    {
        if (offset < _windowAt || offset + length > _windowAt + _windowLength)
        {
            var wanted = (int)Math.Min(Math.Max(length, WindowLength), Math.Max(file.Length - offset, 0));
            if (_window.Length < wanted)
                _window = new byte[wanted];
            _windowAt = offset;
            _windowLength = await file.ReadAsync(offset, _window.AsMemory(0, wanted));
        }
        var from = (int)(offset - _windowAt);
        return _window.AsMemory(from, Math.Max(0, Math.Min(length, _windowLength - from)));
    }
}

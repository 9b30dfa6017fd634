using System.Buffers.Binary;

namespace Posthorn.Journal.Format;

/// <summary>
/// What a record begins with. Its checksum covers itself and, through <see cref="OperationsChecksum"/>, the operations, which carry the bodies'
/// checksums: one chain of checksums covers all, and the writer, of which there is one, computes only the header's.
/// </summary>
/// <param name="PreviousChecksum">The checksum of the record before: records cannot be left out or exchanged unseen.</param>
/// <param name="Number">Counts the records of the journal.</param>
/// <param name="DurableNumber">
/// The last record known to be on stable storage when this one was written. A good record beyond a bad one proves damage
/// only when it says that the bad one had been durable; a crash may leave the later half of an unsynced write and lose the first.
/// </param>
/// <param name="OperationsLength">Bytes of operations, a multiple of 8.</param>
/// <param name="BodiesLength">Bytes of bodies after them, a multiple of 8.</param>
/// <param name="OperationsChecksum">Over the operations.</param>
/// <param name="Type">What it is.</param>
/// <param name="WrittenAt">When, in ticks of UTC; for people.</param>
internal readonly record struct RecordHeader(
    uint PreviousChecksum,
    ulong Number,
    ulong DurableNumber,
    int OperationsLength,
    int BodiesLength,
    uint OperationsChecksum,
    RecordType Type,
    long WrittenAt)
{
    public const int Length = 48;

    /// <summary>Longest record: what a segment's file offsets, 32 bits, hold with room to spare.</summary>
    public const int RecordBytesMax = 1 << 30;

    public int RecordLength => Length + OperationsLength + BodiesLength;

    /// <summary>Writes it.</summary>
    /// <returns>Its checksum.</returns>
    public uint WriteTo(Span<byte> target, ulong salt)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(target[4..], PreviousChecksum);
        BinaryPrimitives.WriteUInt64LittleEndian(target[8..], Number);
        BinaryPrimitives.WriteUInt64LittleEndian(target[16..], DurableNumber);
        BinaryPrimitives.WriteInt32LittleEndian(target[24..], OperationsLength);
        BinaryPrimitives.WriteInt32LittleEndian(target[28..], BodiesLength);
        BinaryPrimitives.WriteUInt32LittleEndian(target[32..], OperationsChecksum);
        BinaryPrimitives.WriteUInt32LittleEndian(target[36..], (uint)Type);
        BinaryPrimitives.WriteInt64LittleEndian(target[40..], WrittenAt);
        var checksum = Checksum.Of(salt, target[4..Length]);
        BinaryPrimitives.WriteUInt32LittleEndian(target, checksum);
        return checksum;
    }

    /// <summary>Reads a header whose checksum is right.</summary>
    public static bool TryRead(ReadOnlySpan<byte> source, ulong salt, out RecordHeader header, out uint checksum)
    {
        header = default;
        checksum = 0;
        if (source.Length < Length)
            return false;
        checksum = BinaryPrimitives.ReadUInt32LittleEndian(source);
        if (checksum != Checksum.Of(salt, source[4..Length]))
            return false;
        header = new RecordHeader(
            BinaryPrimitives.ReadUInt32LittleEndian(source[4..]),
            BinaryPrimitives.ReadUInt64LittleEndian(source[8..]),
            BinaryPrimitives.ReadUInt64LittleEndian(source[16..]),
            BinaryPrimitives.ReadInt32LittleEndian(source[24..]),
            BinaryPrimitives.ReadInt32LittleEndian(source[28..]),
            BinaryPrimitives.ReadUInt32LittleEndian(source[32..]),
            (RecordType)BinaryPrimitives.ReadUInt32LittleEndian(source[36..]),
            BinaryPrimitives.ReadInt64LittleEndian(source[40..]));
        return header is { OperationsLength: >= 0, BodiesLength: >= 0 } && (long)header.OperationsLength + header.BodiesLength <= RecordBytesMax;
    }
}

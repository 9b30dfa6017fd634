using System.Buffers.Binary;
using Posthorn.Journal.Format;
using Posthorn.Journal.Segments;

namespace Posthorn.Journal.Hints;

/// <summary>What a hint file begins with: which segment it speaks of, as it was when it was sealed, and how long its parts are.</summary>
/// <param name="Segment">The segment's number.</param>
/// <param name="Salt">Its salt.</param>
/// <param name="Used">Bytes of it that are written, the seal included.</param>
/// <param name="LastRecord">Number of the seal.</param>
/// <param name="LastChecksum">Checksum of the seal, and by that of all before it.</param>
/// <param name="LastMessage">The highest id of a message that was added in it; see <see cref="Segments.Segment.LastMessage"/>.</param>
internal sealed record HintHeader(uint Segment, ulong Salt, long Used, ulong LastRecord, uint LastChecksum, ulong LastMessage)
{
    public const int Length = 128;
    private const int Version = 2;
    private const int PartsAt = 64;

    private static ReadOnlySpan<byte> Magic => "PSTHORNH"u8;

    /// <summary>Bytes of each part, in the order of <see cref="HintPart"/>.</summary>
    public int[] Parts { get; init; } = new int[Enum.GetValues<HintPart>().Length];

    /// <summary>Checksum of all that follows the header.</summary>
    public uint ContentChecksum { get; init; }

    public int FileLength => Length + Parts.Sum();

    public void WriteTo(Span<byte> target)
    {
        target[..Length].Clear();
        Magic.CopyTo(target);
        BinaryPrimitives.WriteInt32LittleEndian(target[8..], Version);
        BinaryPrimitives.WriteUInt32LittleEndian(target[16..], Segment);
        BinaryPrimitives.WriteUInt32LittleEndian(target[20..], LastChecksum);
        BinaryPrimitives.WriteUInt64LittleEndian(target[24..], Salt);
        BinaryPrimitives.WriteUInt64LittleEndian(target[32..], LastRecord);
        BinaryPrimitives.WriteInt64LittleEndian(target[40..], Used);
        BinaryPrimitives.WriteUInt64LittleEndian(target[48..], LastMessage);
        BinaryPrimitives.WriteUInt32LittleEndian(target[56..], ContentChecksum);
        for (var i = 0; i < Parts.Length; i++)
            BinaryPrimitives.WriteInt32LittleEndian(target[(PartsAt + (4 * i))..], Parts[i]);
        BinaryPrimitives.WriteUInt32LittleEndian(target[12..], ChecksumOf(target));
    }

    /// <summary>Reads a header that is what was written, by this version: another one's hints are made anew.</summary>
    public static HintHeader? TryRead(ReadOnlySpan<byte> source)
    {
        // The rows are read in place, as this machine has its numbers.
        if (!BitConverter.IsLittleEndian || source.Length < Length || !source[..8].SequenceEqual(Magic)
            || BinaryPrimitives.ReadInt32LittleEndian(source[8..]) != Version || BinaryPrimitives.ReadUInt32LittleEndian(source[12..]) != ChecksumOf(source))
            return null;
        var header = new HintHeader(
            BinaryPrimitives.ReadUInt32LittleEndian(source[16..]),
            BinaryPrimitives.ReadUInt64LittleEndian(source[24..]),
            BinaryPrimitives.ReadInt64LittleEndian(source[40..]),
            BinaryPrimitives.ReadUInt64LittleEndian(source[32..]),
            BinaryPrimitives.ReadUInt32LittleEndian(source[20..]),
            BinaryPrimitives.ReadUInt64LittleEndian(source[48..]))
        {
            ContentChecksum = BinaryPrimitives.ReadUInt32LittleEndian(source[56..]),
        };
        for (var i = 0; i < header.Parts.Length; i++)
            header.Parts[i] = BinaryPrimitives.ReadInt32LittleEndian(source[(PartsAt + (4 * i))..]);
        return header;
    }

    /// <summary>Whether it speaks of this segment.</summary>
    public bool IsOf(in SegmentHeader segment) => Segment == segment.Number && Salt == segment.Salt && Used <= segment.Size;

    private static uint ChecksumOf(ReadOnlySpan<byte> header) => Checksum.Of(BinaryPrimitives.ReadUInt32LittleEndian(header[8..]), header[16..Length]);
}

using System.Buffers.Binary;

namespace Posthorn.Journal.Format;

/// <summary>What a segment file begins with, twice: a damaged first copy is restored from the second. See docs/formats/journal.md.</summary>
/// <param name="Number">The segment's number: never used twice.</param>
/// <param name="Salt">Goes into every checksum of its records, so that a recycled file's old bytes never pass for new ones.</param>
/// <param name="Size">Length of the file: a shorter one was cut by somebody else than a crash.</param>
/// <param name="FirstRecord">Number of its first record.</param>
/// <param name="PreviousChecksum">Checksum of the record before that, the last of an earlier segment.</param>
/// <param name="FirstMessage">The first message id that can have been given in it.</param>
internal readonly record struct SegmentHeader(uint Number, ulong Salt, long Size, ulong FirstRecord, uint PreviousChecksum, ulong FirstMessage)
{
    /// <summary>What this program writes; it reads the earlier ones too.</summary>
    public const int Version = 3;

    /// <summary>From this one on a segment is sealed only when the next one exists, so that a last one with a seal says that a file is missing.</summary>
    public const int SealedBehindNext = 3;

    public const int Length = 64;
    public const int CopyAt = 512;

    /// <summary>Where the records begin.</summary>
    public const int RecordsAt = 1024;

    /// <summary>The version it was written in; records of a later one do not go into it.</summary>
    public int WrittenIn { get; init; } = Version;

    /// <summary>Whether its seal says that the next segment exists.</summary>
    public bool IsSealedBehindNext => WrittenIn >= SealedBehindNext;

    private static ReadOnlySpan<byte> Magic => "PSTHORNJ"u8;

    /// <summary>Writes both copies into the first <see cref="RecordsAt"/> bytes of a segment.</summary>
    public void WriteTo(Span<byte> target)
    {
        target[..RecordsAt].Clear();
        Magic.CopyTo(target);
        BinaryPrimitives.WriteUInt32LittleEndian(target[8..], (uint)WrittenIn);
        BinaryPrimitives.WriteUInt32LittleEndian(target[16..], Number);
        BinaryPrimitives.WriteUInt32LittleEndian(target[20..], PreviousChecksum);
        BinaryPrimitives.WriteUInt64LittleEndian(target[24..], Salt);
        BinaryPrimitives.WriteInt64LittleEndian(target[32..], Size);
        BinaryPrimitives.WriteUInt64LittleEndian(target[40..], FirstRecord);
        BinaryPrimitives.WriteUInt64LittleEndian(target[48..], FirstMessage);
        BinaryPrimitives.WriteUInt32LittleEndian(target[12..], ChecksumOf(target));
        target[..Length].CopyTo(target[CopyAt..]);
    }

    /// <summary>Reads one copy.</summary>
    /// <exception cref="JournalVersionException">It is of a later version than this program knows.</exception>
    public static bool TryRead(ReadOnlySpan<byte> source, out SegmentHeader header)
    {
        header = default;
        if (source.Length < Length || !source[..8].SequenceEqual(Magic)
            || BinaryPrimitives.ReadUInt32LittleEndian(source[12..]) != ChecksumOf(source))
            return false;
        var version = BinaryPrimitives.ReadUInt32LittleEndian(source[8..]);
        if (version is 0 or > Version)
            throw new JournalVersionException((int)version);
        header = new SegmentHeader(
            BinaryPrimitives.ReadUInt32LittleEndian(source[16..]),
            BinaryPrimitives.ReadUInt64LittleEndian(source[24..]),
            BinaryPrimitives.ReadInt64LittleEndian(source[32..]),
            BinaryPrimitives.ReadUInt64LittleEndian(source[40..]),
            BinaryPrimitives.ReadUInt32LittleEndian(source[20..]),
            BinaryPrimitives.ReadUInt64LittleEndian(source[48..]))
        {
            WrittenIn = (int)version,
        };
        return true;
    }

    // The version salts the rest, so that a flipped bit in it is damage and not another version.
    private static uint ChecksumOf(ReadOnlySpan<byte> header) =>
        Checksum.Of(BinaryPrimitives.ReadUInt32LittleEndian(header[8..]), header[16..Length]);
}

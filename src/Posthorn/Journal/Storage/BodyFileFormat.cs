using System.Buffers.Binary;
using Posthorn.Journal.Format;

namespace Posthorn.Journal.Storage;

/// <summary>A body's file: its bytes, then a CRC-32C for each 64 KiB of them, then a fixed trailer. See docs/formats/journal.md.</summary>
internal static class BodyFileFormat
{
    public const string Folder = "bodies";
    public const string UnfinishedSuffix = ".tmp";
    public const int BlockLength = 64 << 10;
    public const int TrailerLength = 24;
    private const int Version = 1;

    private static ReadOnlySpan<byte> Magic => "PSTHORNB"u8;

    public static string NameOf(long id) => $"{Folder}/{id:x16}";

    /// <summary>The id of a file of the folder; false for what is no body.</summary>
    public static bool TryParse(string name, out long id) =>
        long.TryParse(name, System.Globalization.NumberStyles.AllowHexSpecifier, null, out id) && name.Length == 16;

    /// <summary>The body's length, as the trailer at the end of its file says; it proves nothing before <see cref="TryReadEnd"/>.</summary>
    public static long LengthOf(ReadOnlySpan<byte> trailer) => BinaryPrimitives.ReadInt64LittleEndian(trailer);

    public static int Blocks(long length) => (int)((length + BlockLength - 1) / BlockLength);

    /// <summary>The checksums and the trailer, as they follow the body's bytes.</summary>
    public static byte[] End(long length, IReadOnlyList<uint> checksums)
    {
        var end = new byte[(checksums.Count * sizeof(uint)) + TrailerLength];
        for (var i = 0; i < checksums.Count; i++)
            BinaryPrimitives.WriteUInt32LittleEndian(end.AsSpan(i * sizeof(uint)), checksums[i]);
        var trailer = end.AsSpan(^TrailerLength..);
        BinaryPrimitives.WriteInt64LittleEndian(trailer, length);
        BinaryPrimitives.WriteInt32LittleEndian(trailer[8..], Version);
        Magic.CopyTo(trailer[16..]);
        BinaryPrimitives.WriteUInt32LittleEndian(trailer[12..], ChecksumOf(end));
        return end;
    }

    /// <summary>Reads what <see cref="End"/> made for a body of this length.</summary>
    public static bool TryReadEnd(ReadOnlySpan<byte> end, long length, out uint[] checksums)
    {
        checksums = [];
        if (end.Length != (Blocks(length) * sizeof(uint)) + TrailerLength)
            return false;
        var trailer = end[^TrailerLength..];
        if (!trailer[16..].SequenceEqual(Magic) || BinaryPrimitives.ReadInt32LittleEndian(trailer[8..]) != Version
            || BinaryPrimitives.ReadInt64LittleEndian(trailer) != length
            || BinaryPrimitives.ReadUInt32LittleEndian(trailer[12..]) != ChecksumOf(end))
            return false;
        checksums = new uint[Blocks(length)];
        for (var i = 0; i < checksums.Length; i++)
            checksums[i] = BinaryPrimitives.ReadUInt32LittleEndian(end[(i * sizeof(uint))..]);
        return true;
    }

    // Of the block checksums and the length.
    private static uint ChecksumOf(ReadOnlySpan<byte> end) => Checksum.Of(end[..^(TrailerLength - 8)]);
}

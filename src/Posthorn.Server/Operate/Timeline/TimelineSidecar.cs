using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using Microsoft.Win32.SafeHandles;

namespace Posthorn.Server.Operate.Timeline;

/// <summary>
/// The index of a sealed file, next to it: pairs of key and offset ordered by key, searched on disk. Everything in it can be made again from the
/// file's lines, which is done when it is missing, torn or damaged.
/// </summary>
/// <remarks>
/// Little-endian: magic "PHTX", version, bytes of lines covered (8), first and last event in UTC ticks (8, 8), number of pairs (4), CRC32C of the
/// pairs (4); then each pair as key (8) and offset (4).
/// </remarks>
internal static class TimelineSidecar
{
    private const uint Magic = 0x5854_4850;
    private const uint Version = 1;
    private const int HeaderBytes = 40;
    private const int PairBytes = 12;

    /// <summary>What a sidecar says of its file.</summary>
    public sealed record Header(long LineBytes, DateTimeOffset FirstAt, DateTimeOffset LastAt, int Count);

    /// <summary>Writes it aside and renames, so that there is a whole one or none.</summary>
    public static void Write(string path, long lineBytes, DateTimeOffset firstAt, DateTimeOffset lastAt, (ulong Key, uint Offset)[] sorted)
    {
        var bytes = new byte[HeaderBytes + (sorted.Length * PairBytes)];
        var pairs = bytes.AsSpan(HeaderBytes);
        for (var i = 0; i < sorted.Length; i++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(pairs[(i * PairBytes)..], sorted[i].Key);
            BinaryPrimitives.WriteUInt32LittleEndian(pairs[((i * PairBytes) + 8)..], sorted[i].Offset);
        }

        BinaryPrimitives.WriteUInt32LittleEndian(bytes, Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4), Version);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(8), lineBytes);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(16), firstAt.UtcTicks);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(24), lastAt.UtcTicks);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(32), sorted.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(36), Checksum(pairs));
        File.WriteAllBytes(path + ".new", bytes);
        File.Move(path + ".new", path, overwrite: true);
    }

    /// <summary>Reads the header and checks the whole; null when it is missing, torn, damaged, or covers more than the file has.</summary>
    public static Header? Open(string path, long fileBytes)
    {
        try
        {
            var bytes = File.ReadAllBytes(path);
            if (bytes.Length < HeaderBytes
                || BinaryPrimitives.ReadUInt32LittleEndian(bytes) != Magic
                || BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(4)) != Version)
                return null;
            var lineBytes = BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(8));
            var firstTicks = BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(16));
            var lastTicks = BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(24));
            var count = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(32));
            var isWhole = count >= 0 && bytes.Length == HeaderBytes + ((long)count * PairBytes) && lineBytes <= fileBytes
                && firstTicks >= 0 && firstTicks <= lastTicks && lastTicks <= DateTimeOffset.MaxValue.UtcTicks
                && Checksum(bytes.AsSpan(HeaderBytes)) == BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(36));
            return isWhole ? new Header(lineBytes, new DateTimeOffset(firstTicks, TimeSpan.Zero), new DateTimeOffset(lastTicks, TimeSpan.Zero), count) : null;
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>Adds the offsets of the lines with a key, latest first, to <paramref name="offsets"/> until it has <paramref name="max"/>.</summary>
    public static void Find(SafeFileHandle sidecar, Header header, ulong key, List<uint> offsets, int max)
    {
        // The last pair whose key is not above the one sought; equal keys are walked backwards from there.
        Span<byte> pair = stackalloc byte[PairBytes];
        int low = 0, high = header.Count;
        while (low < high)
        {
            var middle = low + ((high - low) / 2);
            if (ReadPair(sidecar, middle, pair).Key <= key)
                low = middle + 1;
            else
                high = middle;
        }

        for (var i = low - 1; i >= 0 && offsets.Count < max; i--)
        {
            var found = ReadPair(sidecar, i, pair);
            if (found.Key != key)
                return;
            offsets.Add(found.Offset);
        }
    }

    private static (ulong Key, uint Offset) ReadPair(SafeFileHandle sidecar, int index, Span<byte> pair)
    {
        if (RandomAccess.Read(sidecar, pair, HeaderBytes + ((long)index * PairBytes)) != PairBytes)
            throw new EndOfStreamException("The index of a timeline file was cut while it was read.");
        return (BinaryPrimitives.ReadUInt64LittleEndian(pair), BinaryPrimitives.ReadUInt32LittleEndian(pair[8..]));
    }

    private static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        for (; bytes.Length >= 8; bytes = bytes[8..])
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        foreach (var b in bytes)
            crc = BitOperations.Crc32C(crc, b);
        return crc ^ uint.MaxValue;
    }
}

using System.Numerics;
using System.Runtime.InteropServices;

namespace Posthorn.Journal.Format;

/// <summary>CRC-32C (Castagnoli), as RFC 3720 12.1 defines it; in hardware where there is any.</summary>
internal static class Checksum
{
    public static uint Of(ReadOnlySpan<byte> bytes) => ~Continue(uint.MaxValue, bytes);

    /// <summary>Of bytes that are salted: what was written under another salt never passes.</summary>
    public static uint Of(ulong salt, ReadOnlySpan<byte> bytes) => ~Continue(BitOperations.Crc32C(uint.MaxValue, salt), bytes);

    private static uint Continue(uint crc, ReadOnlySpan<byte> bytes)
    {
        var words = MemoryMarshal.Cast<byte, ulong>(bytes);
        foreach (var word in words)
            crc = BitOperations.Crc32C(crc, word);
        foreach (var b in bytes[(words.Length * sizeof(ulong))..])
            crc = BitOperations.Crc32C(crc, b);
        return crc;
    }
}

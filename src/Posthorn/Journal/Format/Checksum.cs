using System.Numerics;
using System.Runtime.InteropServices;

namespace Posthorn.Journal.Format;

/// <summary>CRC-32C (Castagnoli), as RFC 3720 12.1 defines it; in hardware where there is any.</summary>
/// <remarks>
/// The instruction takes three cycles and can begin in each: so long spans are gone over at three places at once, and the three sums made one.
/// </remarks>
internal static class Checksum
{
    // 4 KiB, the usual mail or message, are one long round and one short.
    private static readonly Ahead s_long = new(1024);
    private static readonly Ahead s_short = new(320);

    public static uint Of(ReadOnlySpan<byte> bytes) => ~Continue(uint.MaxValue, bytes);

    /// <summary>Of the bytes of which <paramref name="sum"/> is the checksum, and these behind them.</summary>
    public static uint Add(uint sum, ReadOnlySpan<byte> bytes) => ~Continue(~sum, bytes);

    /// <summary>Of bytes that are salted: what was written under another salt never passes.</summary>
    public static uint Of(ulong salt, ReadOnlySpan<byte> bytes) => ~Continue(BitOperations.Crc32C(uint.MaxValue, salt), bytes);

    private static uint Continue(uint crc, ReadOnlySpan<byte> bytes)
    {
        crc = s_short.Continue(s_long.Continue(crc, ref bytes), ref bytes);
        return OneByOne(crc, bytes);
    }

    private static uint OneByOne(uint crc, ReadOnlySpan<byte> bytes)
    {
        var words = MemoryMarshal.Cast<byte, ulong>(bytes);
        foreach (var word in words)
            crc = BitOperations.Crc32C(crc, word);
        foreach (var b in bytes[(words.Length * sizeof(ulong))..])
            crc = BitOperations.Crc32C(crc, b);
        return crc;
    }

    /// <summary>Goes over three stretches of one length at once.</summary>
    private sealed class Ahead
    {
        private readonly int _length;

        // A sum behind as many zeros as a stretch has bytes, by each of its four bytes: the sum is linear.
        private readonly uint[] _shifted = new uint[4 * 256];

        public Ahead(int length)
        {
            _length = length;
            var zeros = new byte[length];
            for (var place = 0; place < 4; place++)
            {
                for (var value = 0; value < 256; value++)
                    _shifted[(place * 256) + value] = OneByOne((uint)value << (8 * place), zeros);
            }
        }

        public uint Continue(uint crc, ref ReadOnlySpan<byte> bytes)
        {
            while (bytes.Length >= 3 * _length)
            {
                var first = MemoryMarshal.Cast<byte, ulong>(bytes[.._length]);
                var second = MemoryMarshal.Cast<byte, ulong>(bytes.Slice(_length, _length))[..first.Length];
                var third = MemoryMarshal.Cast<byte, ulong>(bytes.Slice(2 * _length, _length))[..first.Length];
                uint crc2 = 0, crc3 = 0;
                for (var i = 0; i < first.Length; i++)
                {
                    crc = BitOperations.Crc32C(crc, first[i]);
                    crc2 = BitOperations.Crc32C(crc2, second[i]);
                    crc3 = BitOperations.Crc32C(crc3, third[i]);
                }
                crc = Shift(Shift(crc) ^ crc2) ^ crc3;
                bytes = bytes[(3 * _length)..];
            }
            return crc;
        }

        private uint Shift(uint crc) =>
            _shifted[crc & 0xFF] ^ _shifted[256 + ((crc >> 8) & 0xFF)] ^ _shifted[512 + ((crc >> 16) & 0xFF)] ^ _shifted[768 + (crc >> 24)];
    }
}

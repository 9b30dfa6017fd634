using System.Buffers.Binary;

namespace Posthorn.Simulation.Audit;

/// <summary>What a message carries, as the seeds from which any byte of it can be made again: every read checks itself.</summary>
public sealed record ExpectedContent(ulong BodySeed, int BodyLength, int Skip = 0, ulong PrefixSeed = 0, int PrefixLength = 0)
{
    public int Length => PrefixLength + BodyLength - Skip;

    public override string ToString() => $"{PrefixLength}+{BodyLength}-{Skip} bytes of {BodySeed & 0xffff:x4}";

    /// <summary>Bytes of a body or prefix, from an offset on.</summary>
    public static byte[] BytesOf(ulong seed, int offset, int length)
    {
        var bytes = new byte[length];
        Fill(seed, offset, bytes);
        return bytes;
    }

    /// <summary>Whether these are the bytes from an offset on.</summary>
    public bool IsAt(int offset, ReadOnlySpan<byte> actual)
    {
        var expected = new byte[actual.Length];
        var inPrefix = Math.Clamp(PrefixLength - offset, 0, actual.Length);
        Fill(PrefixSeed, offset, expected.AsSpan(0, inPrefix));
        Fill(BodySeed, offset + inPrefix - PrefixLength + Skip, expected.AsSpan(inPrefix));
        return actual.SequenceEqual(expected);
    }

    private static void Fill(ulong seed, int offset, Span<byte> target)
    {
        Span<byte> word = stackalloc byte[8];
        for (var i = 0; i < target.Length;)
        {
            var at = offset + i;
            var mixed = (seed + (ulong)(at / 8)) * 0x9E3779B97F4A7C15;
            mixed = (mixed ^ (mixed >> 29)) * 0xBF58476D1CE4E5B9;
            BinaryPrimitives.WriteUInt64LittleEndian(word, mixed ^ (mixed >> 32));
            var from = word[(at % 8)..];
            var count = Math.Min(from.Length, target.Length - i);
            from[..count].CopyTo(target[i..]);
            i += count;
        }
    }
}

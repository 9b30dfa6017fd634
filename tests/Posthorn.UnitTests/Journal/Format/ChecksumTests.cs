using System.Numerics;
using System.Text;
using Posthorn.Journal.Format;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Journal.Format;

public sealed class ChecksumTests
{
    [Fact]
    public void It_is_what_the_standard_says()
    {
        // RFC 3720 B.4, and the check value that every catalogue of such sums gives.
        Checksum.Of(new byte[32]).ShouldBe(0x8A9136AAu);
        Checksum.Of(Enumerable.Repeat((byte)0xFF, 32).ToArray()).ShouldBe(0x62A8AB43u);
        Checksum.Of(Enumerable.Range(0, 32).Select(i => (byte)i).ToArray()).ShouldBe(0x46DD794Eu);
        Checksum.Of(Encoding.ASCII.GetBytes("123456789")).ShouldBe(0xE3069283u);
    }

    [Fact]
    public void At_three_places_at_once_it_is_what_it_is_one_by_one()
    {
        var bytes = new byte[9_000];
        new Random(4).NextBytes(bytes);
        foreach (var length in Enumerable.Range(0, 1_100).Concat([2_047, 3_071, 3_072, 3_073, 4_031, 4_032, 4_033, 4_096, 6_143, 6_144, 8_999]))
        {
            for (var from = 0; from < 2; from++)
                Checksum.Of(bytes.AsSpan(from, length)).ShouldBe(OneByOne(uint.MaxValue, bytes.AsSpan(from, length)), $"{length} bytes from {from}");
            Checksum.Of(42, bytes.AsSpan(0, length)).ShouldBe(OneByOne(BitOperations.Crc32C(uint.MaxValue, 42UL), bytes.AsSpan(0, length)), $"{length} bytes");
        }
    }

    private static uint OneByOne(uint crc, ReadOnlySpan<byte> bytes)
    {
        foreach (var b in bytes)
            crc = BitOperations.Crc32C(crc, b);
        return ~crc;
    }
}

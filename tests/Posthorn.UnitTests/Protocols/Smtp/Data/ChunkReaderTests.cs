using System.Buffers;
using System.Text;
using Posthorn.Protocols.Smtp.Data;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Protocols.Smtp.Data;

public sealed class ChunkReaderTests
{
    [Fact]
    public void A_chunk_is_taken_as_it_is_and_what_follows_is_left()
    {
        var bytes = "a\r\n.\r\n..b\r\nBDAT 0 LAST\r\n"u8.ToArray();
        foreach (var (first, second) in Pieces.InTwo(bytes))
        {
            var reader = new ChunkReader();
            reader.Begin(11, isLast: true);
            var output = new ArrayBufferWriter<byte>();
            var input = Pieces.Sequence(first, ReadOnlyMemory<byte>.Empty, second);
            reader.Read(ref input, output);
            reader.Remaining.ShouldBe(0);
            Encoding.ASCII.GetString(output.WrittenSpan).ShouldBe("a\r\n.\r\n..b\r\n"); // dots mean nothing in a chunk
            Encoding.ASCII.GetString(input.ToArray()).ShouldBe("BDAT 0 LAST\r\n");
            reader.HasBareNewline.ShouldBeFalse();
        }
    }

    [Theory]
    [InlineData("a\r\nb\r\n", false)]
    [InlineData("", false)]
    [InlineData("a", false)]
    [InlineData("\r\n", false)]
    [InlineData("a\rb", true)]
    [InlineData("a\nb", true)]
    [InlineData("a\r", true)]
    [InlineData("\n", true)]
    [InlineData("\r\r\n", true)]
    [InlineData("\r\n\n", true)]
    [InlineData("a\r\n\r", true)]
    public void A_bare_newline_is_seen_wherever_chunks_are_cut(string content, bool hasBare)
    {
        foreach (var (first, second) in Pieces.InTwo(Encoding.ASCII.GetBytes(content)))
        {
            var reader = new ChunkReader();
            Chunk(reader, first, isLast: false);
            Chunk(reader, second, isLast: true);
            reader.HasBareNewline.ShouldBe(hasBare, $"{first.Length}+{second.Length}");
            reader.Length.ShouldBe(content.Length);
        }
    }

    [Fact]
    public void A_chunk_cannot_begin_within_another_or_after_the_last()
    {
        var reader = new ChunkReader();
        reader.Begin(2, isLast: false);
        Should.Throw<InvalidOperationException>(() => reader.Begin(1, isLast: true));
        var ended = new ChunkReader();
        ended.Begin(0, isLast: true);
        Should.Throw<InvalidOperationException>(() => ended.Begin(1, isLast: false));
    }

    private static void Chunk(ChunkReader reader, byte[] bytes, bool isLast)
    {
        reader.Begin(bytes.Length, isLast);
        var input = new ReadOnlySequence<byte>(bytes);
        reader.Read(ref input, output: null);
    }
}

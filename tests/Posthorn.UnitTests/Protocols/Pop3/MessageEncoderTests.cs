using System.Buffers;
using System.Text;
using Posthorn.Protocols.Pop3.Messages;
using Posthorn.UnitTests.Protocols.Smtp;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Protocols.Pop3;

public sealed class MessageEncoderTests
{
    [Theory]
    [InlineData("", ".\r\n")]
    [InlineData("a\r\n", "a\r\n.\r\n")]
    [InlineData("a", "a\r\n.\r\n")] // a last line gets its end
    [InlineData(".", "..\r\n.\r\n")]
    [InlineData(".\r\n", "..\r\n.\r\n")]
    [InlineData("a\r\n.b\r\n..\r\n", "a\r\n..b\r\n...\r\n.\r\n")]
    [InlineData("a.b\r\n", "a.b\r\n.\r\n")]
    [InlineData("a\n.\nb", "a\r\n..\r\nb\r\n.\r\n")] // many clients take a bare LF for a line's end
    [InlineData("a\r.\rb\r\n", "a\r.\rb\r\n.\r\n")] // and none a bare CR
    [InlineData("a\r", "a\r\n.\r\n")]
    [InlineData("a\r\r\n.\r\n", "a\r\r\n..\r\n.\r\n")]
    [InlineData("\r\n\r\n", "\r\n\r\n.\r\n")]
    [InlineData("\n.", "\r\n..\r\n.\r\n")]
    public void A_message_is_written_with_its_end_however_it_comes(string content, string expected)
    {
        foreach (var (first, second) in Pieces.InTwo(Encoding.ASCII.GetBytes(content)))
            Encode(new MessageEncoder(), first, second).ShouldBe(expected);
    }

    [Theory]
    [InlineData("A: b\r\nC: d\r\n\r\n1\r\n2\r\n3\r\n", 0, "A: b\r\nC: d\r\n\r\n.\r\n")]
    [InlineData("A: b\r\nC: d\r\n\r\n1\r\n2\r\n3\r\n", 2, "A: b\r\nC: d\r\n\r\n1\r\n2\r\n.\r\n")]
    [InlineData("A: b\r\n\r\n1\r\n", 1, "A: b\r\n\r\n1\r\n.\r\n")]
    [InlineData("A: b\r\n\r\n1\r\n", 9, "A: b\r\n\r\n1\r\n.\r\n")]
    [InlineData("A: b\r\n\r\n\r\n\r\n2\r\n", 2, "A: b\r\n\r\n\r\n\r\n.\r\n")] // empty lines count
    [InlineData("A: b\n\n.1\n2\n", 1, "A: b\r\n\r\n..1\r\n.\r\n")]
    [InlineData("\r\n1\r\n2\r\n", 1, "\r\n1\r\n.\r\n")] // no header at all
    [InlineData("A: b", 5, "A: b\r\n.\r\n")]
    public void TOP_ends_after_its_lines_however_the_message_comes(string content, int lines, string expected)
    {
        foreach (var (first, second) in Pieces.InTwo(Encoding.ASCII.GetBytes(content)))
            Encode(new MessageEncoder(lines), first, second).ShouldBe(expected);
    }

    [Fact]
    public void What_a_client_undoes_is_the_message_for_any_bytes_with_CRLF()
    {
        var random = new Random(1);
        for (var run = 0; run < 20_000; run++)
        {
            var content = string.Concat(Enumerable.Range(0, random.Next(30)).Select(_ => random.Next(5) switch { 0 => "\r\n", 1 => ".", 2 => "\r", 3 => "ä", _ => "x" }));
            var bytes = Encoding.UTF8.GetBytes(content);
            var cut = random.Next(bytes.Length + 1);
            var sent = Encode(new MessageEncoder(), bytes.AsMemory(0, cut), bytes.AsMemory(cut));
            sent.ShouldEndWith(".\r\n");
            var lines = sent[..^3].Split("\r\n");
            lines[^1].ShouldBeEmpty(content);
            lines.ShouldNotContain(".");
            var undone = string.Join("\r\n", lines.Select(l => l.StartsWith('.') ? l[1..] : l));
            undone.TrimEnd('\r', '\n').ShouldBe(content.TrimEnd('\r', '\n'));
        }
    }

    private static string Encode(MessageEncoder encoder, params ReadOnlyMemory<byte>[] pieces)
    {
        var output = new ArrayBufferWriter<byte>();
        foreach (var piece in pieces)
            encoder.Write(piece.Span, output);
        encoder.End(output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}

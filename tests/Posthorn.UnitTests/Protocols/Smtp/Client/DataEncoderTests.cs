using System.Buffers;
using System.Text;
using Posthorn.Protocols.Smtp.Client;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Protocols.Smtp.Client;

public sealed class DataEncoderTests
{
    [Theory]
    [InlineData("", ".\r\n")]
    [InlineData("a\r\n", "a\r\n.\r\n")]
    [InlineData("a", "a\r\n.\r\n")]
    [InlineData("a\r", "a\r\r\n.\r\n")]
    [InlineData("a\n", "a\n\r\n.\r\n")]
    [InlineData(".", "..\r\n.\r\n")]
    [InlineData(".\r\n", "..\r\n.\r\n")]
    [InlineData("..\r\n", "...\r\n.\r\n")]
    [InlineData("a\r\n.b\r\n", "a\r\n..b\r\n.\r\n")]
    [InlineData("a\r\n.\r\nb\r\n", "a\r\n..\r\nb\r\n.\r\n")]
    [InlineData("a.\r\n", "a.\r\n.\r\n")]
    [InlineData("a\r\n\r\n.\r\n\r\n", "a\r\n\r\n..\r\n\r\n.\r\n")]
    [InlineData("a\nb\r\n", "a\nb\r\n.\r\n")]
    [InlineData("a\n.b\r\n", "a\n.b\r\n.\r\n")]
    [InlineData("a\r\r\n.b\r\n", "a\r\r\n..b\r\n.\r\n")]
    public void A_dot_that_begins_a_line_is_doubled_and_the_end_is_marked(string content, string expected)
    {
        // In one piece and in every two pieces.
        for (var cut = 0; cut <= content.Length; cut++)
            Encode(content, cut).ShouldBe(expected, $"cut at {cut}");
    }

    [Theory]
    [InlineData("a\n.\r\nMAIL FROM:<evil>\r\n")]
    [InlineData("a\n.\nb\r\n")]
    [InlineData("a\r.\r\nb\r\n")]
    [InlineData("a\r.\rb\r\n")]
    [InlineData("a\n.")]
    [InlineData("a\r\n\n.\r\n")]
    public void What_some_servers_take_for_the_end_is_refused(string content)
    {
        for (var cut = 0; cut <= content.Length; cut++)
            Encode(content, cut).ShouldBeNull($"cut at {cut}");
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("a\r\n", false)]
    [InlineData("a\r\n\r\nb\r\n", false)]
    [InlineData("a", true)]
    [InlineData("a\n", true)]
    [InlineData("a\r", true)]
    [InlineData("a\nb\r\n", true)]
    [InlineData("a\rb\r\n", true)]
    [InlineData("a\r\r\n", true)]
    public void Only_whole_lines_pass_data_byte_for_byte(string content, bool needsBdat) =>
        BareLineEnds.NeedsBdat(Encoding.ASCII.GetBytes(content)).ShouldBe(needsBdat);

    [Fact]
    public void What_a_strict_server_reads_is_what_was_sent()
    {
        var random = new Random(3);
        for (var round = 0; round < 5_000; round++)
        {
            var lines = Enumerable.Range(0, random.Next(8)).Select(_ => new string([.. Enumerable.Range(0, random.Next(4)).Select(_ => ".ab"[random.Next(3)])]));
            var content = string.Concat(lines.Select(l => l + "\r\n"));
            var encoded = Encode(content, random.Next(content.Length + 1)).ShouldNotBeNull();
            var received = encoded.EndsWith("\r\n.\r\n", StringComparison.Ordinal) ? encoded[..^3] : encoded[..^3];
            string.Concat(received.Split("\r\n").Select(l => l.StartsWith('.') ? l[1..] : l).SkipLast(1).Select(l => l + "\r\n")).ShouldBe(content);
            received.Contains("\r\n.\r\n", StringComparison.Ordinal).ShouldBeFalse();
        }
    }

    private static string? Encode(string content, int cut)
    {
        var bytes = Encoding.ASCII.GetBytes(content);
        var output = new ArrayBufferWriter<byte>();
        var encoder = new DataEncoder();
        return encoder.TryWrite(bytes.AsSpan(0, cut), output) && encoder.TryWrite(bytes.AsSpan(cut), output) && encoder.TryEnd(output)
            ? Encoding.ASCII.GetString(output.WrittenSpan)
            : null;
    }
}

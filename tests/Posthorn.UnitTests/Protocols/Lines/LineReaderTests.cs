using System.Buffers;
using System.Text;
using Posthorn.Protocols.Lines;
using Posthorn.UnitTests.Protocols.Smtp;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Protocols.Lines;

public sealed class LineReaderTests
{
    [Theory]
    [InlineData("NOOP\r\n", "NOOP")]
    [InlineData("\r\n", "")]
    [InlineData("a\rb\r\n", "a\rb")]
    [InlineData("a\nb\r\n", "a\nb")]
    [InlineData("a\r\r\n", "a\r")]
    public void Only_CRLF_ends_a_line_wherever_the_bytes_are_cut(string sent, string line)
    {
        foreach (var (first, second) in Pieces.InTwo(Encoding.ASCII.GetBytes(sent)))
        {
            var reader = new LineReader();
            if (second.Length > 0)
            {
                var part = new ReadOnlySequence<byte>(first);
                reader.Read(ref part, 100, out _).ShouldBe(LineStatus.Incomplete);
                part.Length.ShouldBe(first.Length); // nothing is consumed before the end has come
            }
            var all = Pieces.Sequence(first, ReadOnlyMemory<byte>.Empty, second);
            reader.Read(ref all, 100, out var found).ShouldBe(LineStatus.Complete);
            Encoding.ASCII.GetString(found.ToArray()).ShouldBe(line);
            all.IsEmpty.ShouldBeTrue();
        }
    }

    [Theory]
    [InlineData(8, LineStatus.Complete)]
    [InlineData(9, LineStatus.TooLong)]
    public void A_line_may_be_as_long_as_the_limit_with_its_CRLF(int length, LineStatus expected)
    {
        var buffer = new ReadOnlySequence<byte>(Encoding.ASCII.GetBytes(new string('x', length) + "\r\n"));
        new LineReader().Read(ref buffer, 10, out _).ShouldBe(expected);
        buffer.IsEmpty.ShouldBeTrue();
    }

    [Fact]
    public void A_line_that_is_too_long_is_thrown_away_as_it_comes_and_the_next_is_read()
    {
        var bytes = Encoding.ASCII.GetBytes(new string('x', 30) + "\r\nNOOP\r\n");
        foreach (var (first, second) in Pieces.InTwo(bytes))
        {
            var reader = new LineReader();
            var kinds = new List<LineStatus>();
            var lines = new List<string>();
            var held = Array.Empty<byte>();
            foreach (var piece in new[] { first, second })
            {
                var buffer = new ReadOnlySequence<byte>([.. held, .. piece]);
                while (reader.Read(ref buffer, 10, out var line) is var kind && kind != LineStatus.Incomplete)
                {
                    kinds.Add(kind);
                    if (kind == LineStatus.Complete)
                        lines.Add(Encoding.ASCII.GetString(line.ToArray()));
                }
                buffer.Length.ShouldBeLessThan(10); // no more than the limit is ever held
                held = buffer.ToArray();
            }
            kinds.ShouldBe([LineStatus.TooLong, LineStatus.Complete]);
            lines.ShouldBe(["NOOP"]);
        }
    }
}

using System.Buffers;
using System.Text;
using Posthorn.Protocols.Smtp.Session;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Protocols.Smtp.Session;

public sealed class SmtpLineReaderTests
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
            var reader = new SmtpLineReader();
            if (second.Length > 0)
            {
                var part = new ReadOnlySequence<byte>(first);
                reader.Read(ref part, 100, out _).ShouldBe(SmtpLine.Incomplete);
                part.Length.ShouldBe(first.Length); // nothing is consumed before the end has come
            }
            var all = Pieces.Sequence(first, ReadOnlyMemory<byte>.Empty, second);
            reader.Read(ref all, 100, out var found).ShouldBe(SmtpLine.Complete);
            Encoding.ASCII.GetString(found.ToArray()).ShouldBe(line);
            all.IsEmpty.ShouldBeTrue();
        }
    }

    [Theory]
    [InlineData(8, SmtpLine.Complete)]
    [InlineData(9, SmtpLine.TooLong)]
    public void A_line_may_be_as_long_as_the_limit_with_its_CRLF(int length, SmtpLine expected)
    {
        var buffer = new ReadOnlySequence<byte>(Encoding.ASCII.GetBytes(new string('x', length) + "\r\n"));
        new SmtpLineReader().Read(ref buffer, 10, out _).ShouldBe(expected);
        buffer.IsEmpty.ShouldBeTrue();
    }

    [Fact]
    public void A_line_that_is_too_long_is_thrown_away_as_it_comes_and_the_next_is_read()
    {
        var bytes = Encoding.ASCII.GetBytes(new string('x', 30) + "\r\nNOOP\r\n");
        foreach (var (first, second) in Pieces.InTwo(bytes))
        {
            var reader = new SmtpLineReader();
            var kinds = new List<SmtpLine>();
            var lines = new List<string>();
            var held = Array.Empty<byte>();
            foreach (var piece in new[] { first, second })
            {
                var buffer = new ReadOnlySequence<byte>([.. held, .. piece]);
                while (reader.Read(ref buffer, 10, out var line) is var kind && kind != SmtpLine.Incomplete)
                {
                    kinds.Add(kind);
                    if (kind == SmtpLine.Complete)
                        lines.Add(Encoding.ASCII.GetString(line.ToArray()));
                }
                buffer.Length.ShouldBeLessThan(10); // no more than the limit is ever held
                held = buffer.ToArray();
            }
            kinds.ShouldBe([SmtpLine.TooLong, SmtpLine.Complete]);
            lines.ShouldBe(["NOOP"]);
        }
    }
}

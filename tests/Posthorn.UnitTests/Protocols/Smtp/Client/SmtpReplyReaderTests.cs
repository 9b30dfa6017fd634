using System.Text;
using Posthorn.Protocols.Smtp;
using Posthorn.Protocols.Smtp.Client;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Protocols.Smtp.Client;

public sealed class SmtpReplyReaderTests
{
    [Theory]
    [InlineData("250 OK\r\n", 250, null, "OK")]
    [InlineData("250\r\n", 250, null, "")]
    [InlineData("250 \r\n", 250, null, "")]
    [InlineData("250 OK\n", 250, null, "OK")]
    [InlineData("550 5.1.1 no such user\r\n", 550, "5.1.1", "no such user")]
    [InlineData("550-5.1.1 no such user\r\n550 5.1.1 really\r\n", 550, "5.1.1", "no such user\nreally")]
    [InlineData("250-mx.example\r\n250-SIZE 1000\r\n250 DSN\r\n", 250, null, "mx.example\nSIZE 1000\nDSN")]
    [InlineData("550 4.1.1 a class that contradicts the code\r\n", 550, null, "4.1.1 a class that contradicts the code")]
    [InlineData("550-5.1.1 one\r\n550 5.2.2 two\r\n", 550, "5.1.1", "one\n5.2.2 two")]
    [InlineData("250 tab\there\u0007\r\n", 250, null, "tab?here?")]
    public void A_reply_is_taken_whole(string bytes, int code, string? status, string text)
    {
        // One byte at a time: where the packets end never matters.
        var reader = new SmtpReplyReader();
        var buffer = new List<byte>();
        SmtpReply? reply = null;
        foreach (var b in Encoding.UTF8.GetBytes(bytes))
        {
            reply.ShouldBeNull();
            buffer.Add(b);
            reader.TryRead(buffer.ToArray(), out var consumed, out reply);
            buffer.RemoveRange(0, consumed);
        }

        reply.ShouldNotBeNull();
        (reply.Code, reply.Status?.ToString(), reply.Text).ShouldBe((code, status, text));
        buffer.ShouldBeEmpty();
        reader.IsInReply.ShouldBeFalse();
    }

    [Fact]
    public void Replies_that_came_together_are_taken_one_by_one()
    {
        var bytes = "250 a\r\n550 b\r\n354 c"u8;
        var reader = new SmtpReplyReader();
        reader.TryRead(bytes, out var first, out var a).ShouldBeTrue();
        reader.TryRead(bytes[first..], out var second, out var b).ShouldBeTrue();
        reader.TryRead(bytes[(first + second)..], out var third, out _).ShouldBeFalse();
        (a!.Code, b!.Code, third).ShouldBe((250, 550, 0));
    }

    [Theory]
    [InlineData("hello\r\n")]
    [InlineData("25 OK\r\n")]
    [InlineData("+25 OK\r\n")]
    [InlineData("150 OK\r\n")]
    [InlineData("650 OK\r\n")]
    [InlineData("250OK\r\n")]
    [InlineData("250-a\r\n550 b\r\n")]
    [InlineData("\r\n")]
    [InlineData("HTTP/1.1 400 Bad Request\r\n")]
    public void What_is_no_reply_is_refused(string bytes) =>
        Should.Throw<SmtpProtocolException>(() => new SmtpReplyReader().TryRead(Encoding.UTF8.GetBytes(bytes), out _, out _));

    [Fact]
    public void A_line_may_be_as_long_as_the_limit_and_no_longer()
    {
        var fits = Encoding.ASCII.GetBytes("250 " + new string('x', SmtpReplyReader.LineBytesMax - 4) + "\r\n");
        new SmtpReplyReader().TryRead(fits, out _, out _).ShouldBeTrue();
        var endless = Encoding.ASCII.GetBytes("250 " + new string('x', SmtpReplyReader.LineBytesMax));
        Should.Throw<SmtpProtocolException>(() => new SmtpReplyReader().TryRead(endless, out _, out _));
    }

    [Fact]
    public void A_reply_may_have_as_many_lines_as_the_limit_and_no_more()
    {
        static byte[] Lines(int count) => Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("250-x\r\n", count - 1)) + "250 x\r\n");
        new SmtpReplyReader().TryRead(Lines(SmtpReplyReader.LinesMax), out _, out _).ShouldBeTrue();
        Should.Throw<SmtpProtocolException>(() => new SmtpReplyReader().TryRead(Lines(SmtpReplyReader.LinesMax + 1), out _, out _));
    }

    [Fact]
    public void Random_bytes_are_a_reply_or_refused_and_nothing_else()
    {
        var random = new Random(7);
        for (var round = 0; round < 20_000; round++)
        {
            var bytes = new byte[random.Next(1, 40)];
            for (var i = 0; i < bytes.Length; i++)
                bytes[i] = "0123459 -.\r\nax\u00ff"u8[random.Next(15)];
            try
            {
                new SmtpReplyReader().TryRead(bytes, out var consumed, out _);
                consumed.ShouldBeInRange(0, bytes.Length);
            }
            catch (SmtpProtocolException)
            {
                continue;
            }
        }
    }
}

using System.Buffers;
using System.Reflection;
using System.Text;
using Posthorn.Protocols.Smtp;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Protocols.Smtp;

public sealed class SmtpRepliesTests
{
    private static readonly SmtpReply[] s_all =
        [.. typeof(SmtpReplies).GetProperties(BindingFlags.Public | BindingFlags.Static).Select(p => (SmtpReply)p.GetValue(null)!)];

    [Fact]
    public void Every_reply_has_a_status_of_its_code_class_and_plain_text()
    {
        s_all.Length.ShouldBeGreaterThan(50);
        foreach (var reply in s_all)
        {
            reply.Code.ShouldBeInRange(200, 599);
            if (reply.Code is >= 300 and < 400)
                reply.Status.ShouldBeNull(reply.ToString()); // RFC 2034 4: no status with 3xx
            else
                reply.Status!.Value.Class.ShouldBe(reply.Code / 100, reply.ToString());
            Ascii.IsValid(reply.Text).ShouldBeTrue();
            reply.Text.Replace("\n", "", StringComparison.Ordinal).Any(char.IsControl).ShouldBeFalse();
            reply.Text.Split('\n').ShouldAllBe(line => line.Length <= 400); // 512 with code and status (RFC 5321 4.5.3.1.5)
        }
    }

    [Fact]
    public void No_two_replies_are_the_same() =>
        s_all.Except([SmtpReplies.Ok]).Select(r => r.ToString()).Distinct(StringComparer.Ordinal).Count().ShouldBe(s_all.Length - 1);

    [Fact]
    public void Every_line_of_a_reply_repeats_code_and_status_and_all_but_the_last_have_a_hyphen()
    {
        Wire(new SmtpReply(250, new EnhancedStatusCode(2, 1, 0), "one\ntwo\nthree")).ShouldBe("250-2.1.0 one\r\n250-2.1.0 two\r\n250 2.1.0 three\r\n");
        Wire(SmtpReplies.Hello("mx.example.test", ["PIPELINING", "SIZE 10"])).ShouldBe("250-mx.example.test\r\n250-PIPELINING\r\n250 SIZE 10\r\n");
        Wire(SmtpReplies.StartData).ShouldBe("354 end data with <CR><LF>.<CR><LF>\r\n");
        Wire(SmtpReplies.Challenge([])).ShouldBe("334 \r\n");
        Wire(SmtpReplies.Queued("000ABC")).ShouldBe("250 2.0.0 Ok: queued as 000ABC\r\n");
    }

    private static string Wire(SmtpReply reply)
    {
        var output = new ArrayBufferWriter<byte>();
        SmtpReplyFormat.Write(output, reply);
        return Encoding.ASCII.GetString(output.WrittenSpan);
    }
}

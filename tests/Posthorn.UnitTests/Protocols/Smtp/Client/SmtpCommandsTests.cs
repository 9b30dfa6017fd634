using System.Buffers;
using System.Text;
using Posthorn.Protocols.Smtp.Client;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Protocols.Smtp.Client;

public sealed class SmtpCommandsTests
{
    private static readonly MailTransaction s_plain = new() { Sender = "a@b.test", Recipients = [new MailRecipient("c@d.test")] };

    [Fact]
    public void Mail_says_only_what_it_was_given() => Mail(s_plain).ShouldBe("MAIL FROM:<a@b.test>\r\n");

    [Fact]
    public void The_null_sender_is_written_empty() => Mail(s_plain with { Sender = "" }).ShouldBe("MAIL FROM:<>\r\n");

    [Fact]
    public void Mail_says_all_its_parameters() =>
        Mail(s_plain with { Size = 12, Body = "8BITMIME", IsSmtpUtf8 = true, IsRequireTls = true, Return = "HDRS", EnvelopeId = "a+b=c d" })
            .ShouldBe("MAIL FROM:<a@b.test> SIZE=12 BODY=8BITMIME SMTPUTF8 REQUIRETLS RET=HDRS ENVID=a+2Bb+3Dc+20d\r\n");

    [Theory]
    [InlineData("c@d.test", null, null, "RCPT TO:<c@d.test>\r\n")]
    [InlineData("\"a b\"@d.test", null, null, "RCPT TO:<\"a b\"@d.test>\r\n")]
    [InlineData("jörg@exämple.test", null, null, "RCPT TO:<jörg@exämple.test>\r\n")]
    [InlineData("c@d.test", "SUCCESS,FAILURE", "rfc822;x+y@z", "RCPT TO:<c@d.test> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;x+2By@z\r\n")]
    [InlineData("c@d.test", null, "utf-8;ü@z", "RCPT TO:<c@d.test> ORCPT=utf-8;\\x{FC}@z\r\n")]
    [InlineData("c@d.test", null, "no type", "RCPT TO:<c@d.test>\r\n")]
    public void Rcpt_says_what_it_was_given(string address, string? notify, string? original, string expected)
    {
        var output = new ArrayBufferWriter<byte>();
        SmtpCommands.WriteRecipient(output, new MailRecipient(address, notify, original));
        Encoding.UTF8.GetString(output.WrittenSpan).ShouldBe(expected);
    }

    [Theory]
    [InlineData("a@b>\r\nRCPT TO:<evil@c")]
    [InlineData("a@b\n")]
    [InlineData("a@b\0")]
    [InlineData("a@b> SIZE=1")]
    [InlineData("a b@c")]
    [InlineData("\"open@c")]
    [InlineData("\"a\\\"@c")]
    public void An_address_that_breaks_out_of_its_command_is_refused(string address)
    {
        SmtpCommands.IsSafePath(address).ShouldBeFalse();
        Should.Throw<ArgumentException>(() => SmtpCommands.WriteRecipient(new ArrayBufferWriter<byte>(), new MailRecipient(address)));
        Should.Throw<ArgumentException>(() => SmtpCommands.WriteMail(new ArrayBufferWriter<byte>(), s_plain with { Sender = address }));
    }

    private static string Mail(MailTransaction mail)
    {
        var output = new ArrayBufferWriter<byte>();
        SmtpCommands.WriteMail(output, mail);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}

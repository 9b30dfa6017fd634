using System.Text;
using Posthorn.Protocols.Smtp;
using Posthorn.Protocols.Smtp.Commands;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Protocols.Smtp.Commands;

public sealed class SmtpCommandParserTests
{
    [Theory]
    [InlineData("MAIL FROM:<a@b>", SmtpVerb.Mail, "FROM:<a@b>")]
    [InlineData("rCpT to:<a@b>", SmtpVerb.Rcpt, "to:<a@b>")]
    [InlineData("DATA", SmtpVerb.Data, "")]
    [InlineData("DATA  ", SmtpVerb.Data, "")]
    [InlineData("BDAT 10", SmtpVerb.Bdat, "10")]
    [InlineData("BDAT 10 last", SmtpVerb.BdatLast, "10 last")]
    [InlineData("BDAT 10LAST", SmtpVerb.Bdat, "10LAST")]
    [InlineData("EHLO mx", SmtpVerb.Ehlo, "mx")]
    [InlineData("LHLO mx", SmtpVerb.Unknown, "mx")]
    [InlineData("STARTTLS", SmtpVerb.StartTls, "")]
    [InlineData("GET / HTTP/1.1", SmtpVerb.Foreign, "/ HTTP/1.1")]
    [InlineData("MAILFROM:<a@b>", SmtpVerb.Unknown, "")]
    [InlineData("", SmtpVerb.Unknown, "")]
    [InlineData(" NOOP", SmtpVerb.Unknown, "NOOP")]
    public void The_verb_is_the_first_word(string line, SmtpVerb verb, string arguments)
    {
        SmtpCommandParser.VerbOf(Encoding.ASCII.GetBytes(line), isLmtp: false, out var rest).ShouldBe(verb);
        Encoding.ASCII.GetString(rest).ShouldBe(arguments);
    }

    [Fact]
    public void LMTP_has_LHLO_in_the_place_of_EHLO_and_HELO()
    {
        SmtpCommandParser.VerbOf("LHLO x"u8, isLmtp: true, out _).ShouldBe(SmtpVerb.Lhlo);
        SmtpCommandParser.VerbOf("EHLO x"u8, isLmtp: true, out _).ShouldBe(SmtpVerb.Unknown);
        SmtpCommandParser.VerbOf("HELO x"u8, isLmtp: true, out _).ShouldBe(SmtpVerb.Unknown);
    }

    [Fact]
    public void Every_parameter_of_MAIL_is_understood()
    {
        var mail = Parse<SmtpCommand.Mail>(
            "MAIL FROM:<a@b.example> SIZE=12345 BODY=8BITMIME SMTPUTF8 RET=HDRS ENVID=id+3D1 AUTH=joe+40x HOLDFOR=86400 MT-PRIORITY=-4 REQUIRETLS");
        mail.Sender.ToString().ShouldBe("a@b.example");
        mail.Parameters.ShouldBe(new MailParameters
        {
            Size = 12_345,
            Body = MailBodyType.EightBitMime,
            IsSmtpUtf8 = true,
            Return = ReturnKeyword.Headers,
            EnvelopeId = "id=1",
            Submitter = "joe@x",
            HoldFor = TimeSpan.FromDays(1),
            Priority = -4,
            RequiresTls = true,
        });
    }

    [Theory]
    [InlineData("2026-11-28T09:30:00Z", "2026-11-28T09:30:00Z")]
    [InlineData("2026-11-28T09:30:00+01:00", "2026-11-28T08:30:00Z")]
    [InlineData("2026-11-28t09:30:00.25z", "2026-11-28T09:30:00.25Z")]
    public void HOLDUNTIL_is_a_time_of_RFC_3339(string value, string time) =>
        Parse<SmtpCommand.Mail>($"MAIL FROM:<> HOLDUNTIL={value}").Parameters.HoldUntil.ShouldBe(DateTimeOffset.Parse(time));

    [Fact]
    public void The_parameters_of_RCPT_are_understood()
    {
        Parse<SmtpCommand.Rcpt>("RCPT TO:<a@b.example> NOTIFY=SUCCESS,delay ORCPT=rfc822;joe+2Bx@c.example").Parameters.ShouldBe(new RcptParameters
        {
            Notify = NotifyKeywords.Success | NotifyKeywords.Delay,
            OriginalRecipient = "rfc822;joe+x@c.example",
        });
        Parse<SmtpCommand.Rcpt>("RCPT TO:<a@b.example> NOTIFY=NEVER").Parameters.Notify.ShouldBe(NotifyKeywords.Never);
        Parse<SmtpCommand.Rcpt>(@"RCPT TO:<a@b.example> ORCPT=utf-8;j\x{FC}rgen@c.example").Parameters.OriginalRecipient.ShouldBe("utf-8;jürgen@c.example");
    }

    [Theory]
    [InlineData("EHLO", 501)]
    [InlineData("EHLO a b", 501)]
    [InlineData("EHLO a(b)", 501)]
    [InlineData("EHLO bücher.example", 501)]
    [InlineData("MAIL", 501)]
    [InlineData("MAIL FROM", 501)]
    [InlineData("MAIL TO:<a@b>", 501)]
    [InlineData("MAIL FROM:a@b", 501)]
    [InlineData("MAIL FROM:<Postmaster>", 501)]
    [InlineData("MAIL FROM:<a@b>SIZE=1", 501)]
    [InlineData("MAIL FROM:<a@b> SIZE", 501)]
    [InlineData("MAIL FROM:<a@b> SIZE=", 501)]
    [InlineData("MAIL FROM:<a@b> SIZE=-1", 501)]
    [InlineData("MAIL FROM:<a@b> SIZE=1 SIZE=1", 501)]
    [InlineData("MAIL FROM:<a@b> BODY=BINARYMIME", 501)]
    [InlineData("MAIL FROM:<a@b> SMTPUTF8=1", 501)]
    [InlineData("MAIL FROM:<a@b> RET=ALL", 501)]
    [InlineData("MAIL FROM:<a@b> ENVID=a+2", 501)]
    [InlineData("MAIL FROM:<a@b> ENVID=a+0D+0Ab", 501)]
    [InlineData("MAIL FROM:<a@b> HOLDFOR=1 HOLDUNTIL=2026-11-28T09:30:00Z", 501)]
    [InlineData("MAIL FROM:<a@b> HOLDFOR=1234567890", 501)]
    [InlineData("MAIL FROM:<a@b> HOLDUNTIL=tomorrow", 501)]
    [InlineData("MAIL FROM:<a@b> MT-PRIORITY=10", 501)]
    [InlineData("MAIL FROM:<a@b> MT-PRIORITY=-10", 501)]
    [InlineData("MAIL FROM:<a@b> MT-PRIORITY=+1", 501)]
    [InlineData("MAIL FROM:<a@b> MT-PRIORITY=--1", 501)]
    [InlineData("MAIL FROM:<a@b> =1", 501)]
    [InlineData("MAIL FROM:<a@b> BY=1;R", 555)]
    [InlineData("MAIL FROM:<jürgen@b>", 553)]
    [InlineData("RCPT TO:<>", 501)]
    [InlineData("RCPT TO:<jürgen@b>", 553)]
    [InlineData("RCPT TO:<a@b> NOTIFY=NEVER,DELAY", 501)]
    [InlineData("RCPT TO:<a@b> NOTIFY=", 501)]
    [InlineData("RCPT TO:<a@b> NOTIFY=OFTEN", 501)]
    [InlineData("RCPT TO:<a@b> NOTIFY=DELAY NOTIFY=DELAY", 501)]
    [InlineData("RCPT TO:<a@b> ORCPT=rfc822", 501)]
    [InlineData("RCPT TO:<a@b> ORCPT=;a@b", 501)]
    [InlineData("RCPT TO:<a@b> ORCPT=rfc822;a+0Ab@c", 501)]
    [InlineData("RCPT TO:<a@b> SIZE=1", 555)]
    [InlineData("DATA now", 501)]
    [InlineData("RSET now", 501)]
    [InlineData("QUIT now", 501)]
    [InlineData("STARTTLS now", 501)]
    [InlineData("BDAT", 501)]
    [InlineData("BDAT LAST", 501)]
    [InlineData("BDAT -1", 501)]
    [InlineData("BDAT 1 2", 501)]
    [InlineData("BDAT 10LAST", 501)]
    [InlineData("BDAT 99999999999999999999", 501)]
    [InlineData("AUTH", 501)]
    [InlineData("AUTH PLAIN a b", 501)]
    [InlineData("AUTH THIS-NAME-IS-TOO-LONG", 501)]
    [InlineData("HALLO", 500)]
    public void What_cannot_be_understood_is_answered(string line, int code)
    {
        Try(line, SmtpExtensions.All, out var command, out var error).ShouldBeFalse();
        command.ShouldBeNull();
        error!.Code.ShouldBe(code);
    }

    [Theory]
    [InlineData("MAIL FROM:<a@b> SIZE=1")]
    [InlineData("MAIL FROM:<a@b> BODY=7BIT")]
    [InlineData("MAIL FROM:<a@b> SMTPUTF8")]
    [InlineData("MAIL FROM:<a@b> RET=FULL")]
    [InlineData("MAIL FROM:<a@b> ENVID=x")]
    [InlineData("MAIL FROM:<a@b> AUTH=<>")]
    [InlineData("MAIL FROM:<a@b> HOLDFOR=1")]
    [InlineData("MAIL FROM:<a@b> MT-PRIORITY=1")]
    [InlineData("MAIL FROM:<a@b> REQUIRETLS")]
    [InlineData("RCPT TO:<a@b> NOTIFY=NEVER")]
    [InlineData("RCPT TO:<a@b> ORCPT=rfc822;a@b")]
    public void A_parameter_that_was_not_announced_is_unknown(string line)
    {
        Try(line, SmtpExtensions.None, out _, out var error).ShouldBeFalse();
        error.ShouldBe(SmtpReplies.UnknownParameter);
        Try(line, SmtpExtensions.All, out _, out _).ShouldBeTrue();
    }

    [Theory]
    [InlineData("BDAT 0", 0L, false)]
    [InlineData("BDAT 0 LAST", 0L, true)]
    [InlineData("bdat 86400  last", 86_400L, true)]
    [InlineData("BDAT 9223372036854775807", long.MaxValue, false)]
    public void BDAT_has_a_size_and_perhaps_LAST(string line, long size, bool isLast) => Parse<SmtpCommand.Bdat>(line).ShouldBe(new SmtpCommand.Bdat(size, isLast));

    [Fact]
    public void A_size_beyond_63_bits_is_the_largest() =>
        Parse<SmtpCommand.Mail>("MAIL FROM:<> SIZE=99999999999999999999").Parameters.Size.ShouldBe(long.MaxValue);

    [Fact]
    public void SMTPUTF8_allows_addresses_beyond_ASCII()
    {
        Parse<SmtpCommand.Mail>("MAIL FROM:<jürgen@b> SMTPUTF8").Sender.LocalPart.ShouldBe("jürgen");
        var rcpt = "TO:<jürgen@b>"u8;
        SmtpCommandParser.TryParse(SmtpVerb.Rcpt, rcpt, SmtpExtensions.All, isSmtpUtf8: true, out _, out _).ShouldBeTrue();
    }

    [Fact]
    public void AUTH_has_a_mechanism_and_perhaps_an_initial_response()
    {
        Parse<SmtpCommand.Auth>("AUTH plain").ShouldBe(new SmtpCommand.Auth("PLAIN", null));
        Parse<SmtpCommand.Auth>("AUTH PLAIN =").ShouldBe(new SmtpCommand.Auth("PLAIN", "="));
        Parse<SmtpCommand.Auth>("AUTH SCRAM-SHA-256 bixh").ShouldBe(new SmtpCommand.Auth("SCRAM-SHA-256", "bixh"));
    }

    [Theory]
    [InlineData("NOOP", false)]
    [InlineData("NOOP\t", true)]
    [InlineData("NO\nOP", true)]
    [InlineData("NO\rOP", true)]
    [InlineData("NO\0OP", true)]
    [InlineData("NO\x7fOP", true)]
    public void Control_characters_are_seen(string line, bool hasControls) => SmtpCommandParser.HasControls(Encoding.ASCII.GetBytes(line)).ShouldBe(hasControls);

    private static T Parse<T>(string line)
        where T : SmtpCommand
    {
        Try(line, SmtpExtensions.All, out var command, out var error).ShouldBeTrue(error?.ToString());
        return command.ShouldBeOfType<T>();
    }

    private static bool Try(string line, SmtpExtensions announced, out SmtpCommand? command, out SmtpReply? error)
    {
        var verb = SmtpCommandParser.VerbOf(Encoding.UTF8.GetBytes(line), isLmtp: false, out var arguments);
        return SmtpCommandParser.TryParse(verb, arguments, announced, isSmtpUtf8: false, out command, out error);
    }
}

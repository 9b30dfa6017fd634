using System.Text;
using Posthorn.Protocols.Dsn;
using Posthorn.Protocols.Mime;
using Posthorn.Protocols.Smtp;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Protocols.Dsn;

public sealed class DsnWriterTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 21, 8, 4, 0, TimeSpan.Zero);

    private static DeliveryNotification Notification(params RecipientStatus[] recipients) => new()
    {
        From = new MailAddress("Mail Delivery System", "MAILER-DAEMON", "mail.example.test"),
        To = "alice@example.test",
        Subject = "Undelivered mail",
        Date = Now,
        MessageId = "1@mail.example.test",
        Boundary = "b-1",
        Text = "Your mail could not be delivered.\n\n  bob@remote.test: no such user\n",
        Returned = ReturnedContent.Headers,
        Report = new DeliveryStatusReport
        {
            ReportingMta = TypedValue.Host("mail.example.test"),
            OriginalEnvelopeId = "Q+1=a",
            ArrivalDate = Now.AddHours(-1),
            Recipients = recipients.Length > 0 ? recipients : [Failed("bob@remote.test")],
        },
    };

    private static RecipientStatus Failed(string address) => new()
    {
        OriginalRecipient = TypedValue.Address(address),
        FinalRecipient = TypedValue.Address(address),
        Action = DeliveryAction.Failed,
        Status = new EnhancedStatusCode(5, 1, 1),
        RemoteMta = TypedValue.Host("mx.remote.test"),
        DiagnosticCode = TypedValue.SmtpReply("550 5.1.1 no such user"),
        LastAttemptDate = Now,
        WillRetryUntil = Now.AddDays(5),
    };

    private static byte[] Whole(DeliveryNotification notification, string returned)
    {
        var (before, after) = DsnWriter.Write(notification);
        return [.. before.Span, .. Encoding.UTF8.GetBytes(returned), .. after.Span];
    }

    [Fact]
    public void A_notification_is_written_to_the_letter()
    {
        Encoding.ASCII.GetString(Whole(Notification(), "Subject: hello\r\n\r\n")).ShouldBe(
            """
            From: Mail Delivery System <MAILER-DAEMON@mail.example.test>
            To: <alice@example.test>
            Subject: Undelivered mail
            Date: Sat, 21 Nov 2026 08:04:00 +0000
            Message-ID: <1@mail.example.test>
            Auto-Submitted: auto-replied
            MIME-Version: 1.0
            Content-Type: multipart/report; report-type=delivery-status; boundary="b-1"

            This is a delivery status notification in MIME format.

            --b-1
            Content-Type: text/plain; charset=us-ascii

            Your mail could not be delivered.

              bob@remote.test: no such user

            --b-1
            Content-Type: message/delivery-status

            Reporting-MTA: dns; mail.example.test
            Original-Envelope-Id: Q+2B1+3Da
            Arrival-Date: Sat, 21 Nov 2026 07:04:00 +0000

            Original-Recipient: rfc822; bob@remote.test
            Final-Recipient: rfc822; bob@remote.test
            Action: failed
            Status: 5.1.1
            Remote-MTA: dns; mx.remote.test
            Diagnostic-Code: smtp; 550 5.1.1 no such user
            Last-Attempt-Date: Sat, 21 Nov 2026 08:04:00 +0000
            Will-Retry-Until: Thu, 26 Nov 2026 08:04:00 +0000

            --b-1
            Content-Type: text/rfc822-headers

            Subject: hello


            --b-1--

            """.ReplaceLineEndings("\r\n"));
    }

    [Theory]
    [InlineData(ReturnedContent.None, false)]
    [InlineData(ReturnedContent.Headers, false)]
    [InlineData(ReturnedContent.Full, false)]
    [InlineData(ReturnedContent.None, true)]
    [InlineData(ReturnedContent.Headers, true)]
    [InlineData(ReturnedContent.Full, true)]
    public async Task What_was_written_is_read_back(ReturnedContent returned, bool isUtf8)
    {
        var recipients = new[] { Failed("bob@remote.test"), Failed("gr\u00fc\u00dfe+x@b\u00fccher.test") with { Action = DeliveryAction.Delayed } };
        var notification = Notification(recipients) with { Returned = returned, IsUtf8 = isUtf8, IsReturned8Bit = true, Text = "K\u00e4se" };

        using var mail = new MemoryStream(Whole(notification, returned == ReturnedContent.None ? "" : "Subject: gr\u00fc\u00df\r\n\r\n"));
        var root = await MimeReader.ReadAsync(mail, MimeLimits.Default, default);
        var report = (await DsnReader.ReadAsync(mail, root, default))!;

        root.ContentType.Parameters["report-type"].ShouldBe("delivery-status");
        root.Children.Count.ShouldBe(returned == ReturnedContent.None ? 2 : 3);
        (await MimeDecoder.DecodeTextAsync(mail, root.Children[0], 1000, default)).ShouldBe("K\u00e4se");
        report.ReportingMta.ShouldBe(notification.Report.ReportingMta);
        report.OriginalEnvelopeId.ShouldBe("Q+1=a");
        report.Recipients.Select(r => r with { Fields = [] }).ShouldBe(recipients.Select(r => r with { Fields = report.Recipients[0].Fields }).Select(r => r with { Fields = [] }));
        if (returned == ReturnedContent.Full)
            root.Children[2].Children.Single().Header.Text("Subject").ShouldBe("gr\u00fc\u00df");
        if (!isUtf8)
            root.Children[1].Length.ShouldBe(Encoding.UTF8.GetCharCount(mail.ToArray(), (int)root.Children[1].HeaderOffset, (int)root.Children[1].Length)); // ASCII throughout
    }

    [Fact]
    public async Task A_hostile_reply_makes_no_field_and_no_line_too_long()
    {
        var reply = "550 no\r\nStatus: 2.0.0\r\n\r\nFinal-Recipient: rfc822; other@x\0" + new string('x', 5000);
        using var mail = new MemoryStream(Whole(Notification(Failed("bob@remote.test") with { DiagnosticCode = TypedValue.SmtpReply(reply) }), ""));

        var report = (await DsnReader.ReadAsync(mail, await MimeReader.ReadAsync(mail, MimeLimits.Default, default), default))!;

        report.Recipients.Single().Status.ShouldBe(new EnhancedStatusCode(5, 1, 1));
        report.Recipients.Single().DiagnosticCode!.Value.ShouldStartWith("550 no  Status: 2.0.0");
        Encoding.ASCII.GetString(mail.ToArray()).Split("\r\n").ShouldAllBe(line => line.Length <= 998);
    }

    [Fact]
    public void What_cannot_be_a_notification_is_refused()
    {
        Should.Throw<ArgumentException>(() => DsnWriter.Write(Notification() with { Boundary = "a b" }));
        Should.Throw<ArgumentException>(() => DsnWriter.Write(Notification() with { Boundary = "" }));
        Should.Throw<ArgumentException>(() => DsnWriter.Write(Notification() with { To = "a@b>\r\nBcc: c@d" }));
        Should.Throw<ArgumentException>(() => DsnWriter.Write(Notification() with { Report = new DeliveryStatusReport { ReportingMta = TypedValue.Host("x") } }));
        Should.Throw<ArgumentException>(() => DsnWriter.Write(Notification(Failed("a@b") with { Status = null })));
    }
}

using System.Text;
using Posthorn.Protocols.Dsn;
using Posthorn.Protocols.Mime;
using Posthorn.Protocols.Smtp;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Protocols.Dsn;

public sealed class DsnReaderTests
{
    private static async Task<DeliveryStatusReport?> ReadAsync(string name)
    {
        using var mail = new MemoryStream(Corpus.Read(name));
        return await DsnReader.ReadAsync(mail, await MimeReader.ReadAsync(mail, MimeLimits.Default, default), default);
    }

    [Theory]
    [InlineData("delivery-status.txt")]
    [InlineData("delivery-status-no-blank-line.txt")]
    public async Task A_report_of_1996_is_read(string name)
    {
        var report = (await ReadAsync(name))!;

        report.ReportingMta.ShouldBe(TypedValue.Host("mm1"));
        report.ArrivalDate.ShouldBe(new DateTimeOffset(1996, 7, 29, 2, 12, 50, TimeSpan.FromHours(-7)));
        var recipient = report.Recipients.Single();
        recipient.FinalRecipient.ShouldBe(new TypedValue("RFC822", "newsletter-request@imusic.com"));
        recipient.Action.ShouldBe(DeliveryAction.Failed);
        recipient.Status.ShouldBeNull();
        recipient.DiagnosticCode.ShouldBe(new TypedValue("X-LOCAL", "500 (err.nosuchuser)"));
        recipient.Address.ShouldBe("newsletter-request@imusic.com");
    }

    [Fact]
    public async Task A_report_of_Exim_is_read()
    {
        var report = (await ReadAsync("delivery-status2.txt"))!;

        report.ReportingMta.ShouldBe(TypedValue.Host("smtp-out.dis-hosting.net"));
        var recipient = report.Recipients.Single();
        recipient.Status.ShouldBe(new EnhancedStatusCode(5, 0, 0));
        recipient.FinalRecipient.ShouldBe(new TypedValue("rfc822", "source@domain.com"));
    }

    [Fact]
    public async Task A_report_of_Postfix_whose_recipients_a_filter_encoded_is_read()
    {
        var report = (await ReadAsync("bounce.txt"))!;

        report.ReportingMta!.Type.ShouldBe("dns");
        report.ArrivalDate.ShouldNotBeNull();
        var recipient = report.Recipients.Single();
        recipient.Action.ShouldBe(DeliveryAction.Failed);
        recipient.Status!.Value.Class.ShouldBe(5);
        recipient.DiagnosticCode!.Type.ShouldBe("smtp");
        recipient.RemoteMta.ShouldNotBeNull();
    }

    [Fact]
    public async Task More_blank_lines_than_needed_make_no_recipients()
    {
        var report = (await ReadAsync("delivery-status-multiple-blank-lines.txt"))!;

        report.ReportingMta.ShouldBe(TypedValue.Host("someserver.com"));
        var recipient = report.Recipients.Single();
        recipient.OriginalRecipient.ShouldBe(new TypedValue("rfc822", "orig_recip@customer.com"));
        recipient.Status.ShouldBe(new EnhancedStatusCode(5, 5, 0));
        recipient.Action.ShouldBeNull();
    }

    [Fact]
    public async Task A_mail_that_is_no_report_has_none()
    {
        (await ReadAsync("gmail.msg")).ShouldBeNull();
        (await ReadAsync("disposition-notification.txt")).ShouldBeNull();
    }

    [Fact]
    public async Task A_report_inside_what_is_returned_is_not_the_mails_own()
    {
        var inner = "Content-Type: multipart/report; boundary=y\n\n--y\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; x\n\n--y--\n";
        using var mail = new MemoryStream(Encoding.ASCII.GetBytes($"Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: message/rfc822\n\n{inner}\n--x--\n"));

        (await DsnReader.ReadAsync(mail, await MimeReader.ReadAsync(mail, MimeLimits.Default, default), default)).ShouldBeNull();
    }

    [Theory]
    [InlineData("", 0, null)]
    [InlineData("\n\n\n", 0, null)]
    [InlineData("rubbish\nmore\n", 0, null)]
    [InlineData("Reporting-MTA: dns; a\n", 0, "a")]
    [InlineData("Reporting-MTA: dns; a\nFinal-Recipient: rfc822; b@c\n", 1, "a")] // no blank line between
    [InlineData("Reporting-MTA: a\n\nFinal-Recipient: b@c\n\nAction: failed\n", 2, "a")]
    [InlineData("Final-Recipient: rfc822; b@c\nAction: failed\n", 1, null)]
    [InlineData("Reporting-MTA: dns; a\nrubbish\n\nFinal-Recipient: rfc822; b@c\nrubbish\nAction: failed", 1, "a")]
    public void Broken_reports_say_what_they_can(string body, int recipients, string? mta)
    {
        var report = DeliveryStatusReport.Parse(Encoding.ASCII.GetBytes(body));

        report.Recipients.Count.ShouldBe(recipients);
        report.ReportingMta?.Value.ShouldBe(mta);
        if (recipients > 0)
            (report.Recipients[^1].Address ?? report.Recipients[^1].Action.ToString()).ShouldBeOneOf("b@c", "Failed");
    }
}

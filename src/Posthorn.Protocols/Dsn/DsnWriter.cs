using System.Buffers;
using System.Text;
using Posthorn.Protocols.Mime;
using Posthorn.Protocols.Smtp;

namespace Posthorn.Protocols.Dsn;

/// <summary>Writes delivery status notifications: a multipart/report (RFC 6522) with a text, the report (RFC 3464, 6533) and what is returned.</summary>
public static class DsnWriter
{
    /// <summary>Longest diagnostic passed on, in characters; replies of several pages exist.</summary>
    public const int DiagnosticMax = 2000;

    private const int WordMax = 500;

    /// <summary>Writes everything but what is returned.</summary>
    /// <exception cref="ArgumentException">The boundary is none, a recipient lacks address, action or status, or a header text holds a line end.</exception>
    public static WrittenNotification Write(DeliveryNotification notification)
    {
        Check(notification);
        var bytes = new ArrayBufferWriter<byte>(4096);
        WriteHeader(bytes, notification);
        WriteText(bytes, notification);
        WriteReport(bytes, notification);
        if (notification.Returned != ReturnedContent.None)
            WriteReturnedHeader(bytes, notification);
        // The CRLF in front belongs to the boundary, so what is returned stays as it is, with or without a last line end.
        var end = notification.Returned == ReturnedContent.None ? $"--{notification.Boundary}--\r\n" : $"\r\n--{notification.Boundary}--\r\n";
        return new WrittenNotification(bytes.WrittenMemory, Encoding.ASCII.GetBytes(end));
    }

    private static void Check(DeliveryNotification notification)
    {
        if (notification.Boundary.Length is 0 or > 70 || !notification.Boundary.All(c => char.IsAsciiLetterOrDigit(c) || c == '-'))
            throw new ArgumentException("A boundary is 1 to 70 letters, digits and hyphens.", nameof(notification));
        if (notification.Report.ReportingMta is null || notification.Report.Recipients.Count == 0)
            throw new ArgumentException("A report names who reports and one recipient at least (RFC 3464 2.1).", nameof(notification));
        if (notification.Report.Recipients.Any(r => r.FinalRecipient is null || r.Action is null || r.Status is null))
            throw new ArgumentException("A report names address, action and status of each recipient (RFC 3464 2.3).", nameof(notification));
    }

    private static void WriteHeader(ArrayBufferWriter<byte> to, DeliveryNotification notification)
    {
        Write(to, HeaderField.CreateRaw("From", notification.From.ToHeader()));
        Write(to, HeaderField.CreateRaw("To", $"<{notification.To}>"));
        Write(to, HeaderField.Create("Subject", notification.Subject));
        Write(to, HeaderField.CreateRaw("Date", MailDate.Format(notification.Date)));
        Write(to, HeaderField.CreateRaw("Message-ID", $"<{notification.MessageId}>"));
        Write(to, HeaderField.CreateRaw("Auto-Submitted", "auto-replied")); // RFC 3834 5; keeps responders from answering
        foreach (var field in notification.Fields)
            Write(to, field);
        Write(to, HeaderField.CreateRaw("MIME-Version", "1.0"));
        Write(to, HeaderField.CreateRaw("Content-Type", $"multipart/report; report-type=delivery-status; boundary=\"{notification.Boundary}\""));
        if (notification.Returned != ReturnedContent.None && notification.IsReturned8Bit)
            Write(to, HeaderField.CreateRaw("Content-Transfer-Encoding", "8bit")); // RFC 2045 6.4: no less than any part
        to.Write("\r\nThis is a delivery status notification in MIME format.\r\n\r\n"u8);
    }

    private static void WriteText(ArrayBufferWriter<byte> to, DeliveryNotification notification)
    {
        var text = Encoding.UTF8.GetBytes(notification.Text.ReplaceLineEndings("\r\n"));
        var encoding = MimeEncoder.Choose(text);
        OpenPart(to, notification, $"text/plain; charset={(encoding == TransferEncoding.SevenBit ? "us-ascii" : "utf-8")}", encoding switch
        {
            TransferEncoding.Base64 => "base64",
            TransferEncoding.QuotedPrintable => "quoted-printable",
            _ => null,
        });
        to.Write(encoding switch
        {
            TransferEncoding.Base64 => MimeEncoder.Base64(text),
            TransferEncoding.QuotedPrintable => MimeEncoder.QuotedPrintable(text),
            _ => text,
        });
        to.Write("\r\n"u8);
    }

    private static void WriteReport(ArrayBufferWriter<byte> to, DeliveryNotification notification)
    {
        var isUtf8 = notification.IsUtf8;
        var report = notification.Report;
        // RFC 6533 4: the global form holds UTF-8 as it is, and its transfer encoding says so.
        OpenPart(to, notification, isUtf8 ? "message/global-delivery-status" : "message/delivery-status", isUtf8 ? "8bit" : null);
        Field(to, "Reporting-MTA", report.ReportingMta, isUtf8);
        if (report.OriginalEnvelopeId is { Length: > 0 } id)
            Field(to, "Original-Envelope-Id", Xtext.Encode(id), isUtf8);
        Field(to, "DSN-Gateway", report.DsnGateway, isUtf8);
        Field(to, "Received-From-MTA", report.ReceivedFromMta, isUtf8);
        Field(to, "Arrival-Date", report.ArrivalDate);
        foreach (var recipient in report.Recipients)
        {
            to.Write("\r\n"u8);
            Field(to, "Original-Recipient", recipient.OriginalRecipient, isUtf8);
            Field(to, "Final-Recipient", recipient.FinalRecipient, isUtf8);
            Field(to, "Action", recipient.Action.ToString()!.ToLowerInvariant(), isUtf8);
            Field(to, "Status", recipient.Status.ToString()!, isUtf8);
            Field(to, "Remote-MTA", recipient.RemoteMta, isUtf8);
            Field(to, "Diagnostic-Code", recipient.DiagnosticCode, isUtf8);
            Field(to, "Last-Attempt-Date", recipient.LastAttemptDate);
            if (recipient.FinalLogId is { Length: > 0 } log)
                Field(to, "Final-Log-ID", log, isUtf8);
            Field(to, "Will-Retry-Until", recipient.WillRetryUntil);
        }
        to.Write("\r\n"u8);
    }

    private static void WriteReturnedHeader(ArrayBufferWriter<byte> to, DeliveryNotification notification)
    {
        var type = (notification.Returned, notification.IsUtf8) switch
        {
            (ReturnedContent.Full, false) => "message/rfc822",
            (ReturnedContent.Full, true) => "message/global",
            (_, false) => "text/rfc822-headers",
            (_, true) => "message/global-headers",
        };
        OpenPart(to, notification, type, notification.IsReturned8Bit ? "8bit" : null);
    }

    private static void OpenPart(ArrayBufferWriter<byte> to, DeliveryNotification notification, string type, string? encoding)
    {
        to.Write(Encoding.ASCII.GetBytes($"--{notification.Boundary}\r\n"));
        Write(to, HeaderField.CreateRaw("Content-Type", type));
        if (encoding is not null)
            Write(to, HeaderField.CreateRaw("Content-Transfer-Encoding", encoding));
        to.Write("\r\n"u8);
    }

    private static void Field(ArrayBufferWriter<byte> to, string name, TypedValue? value, bool isUtf8)
    {
        if (value is null)
            return;
        var text = !value.Type.Equals("utf-8", StringComparison.OrdinalIgnoreCase) ? value.Value
            : isUtf8 ? Utf8Address.EncodeUnitext(value.Value)
            : Utf8Address.EncodeXtext(value.Value);
        Field(to, name, $"{value.Type}; {text}", isUtf8);
    }

    private static void Field(ArrayBufferWriter<byte> to, string name, DateTimeOffset? date)
    {
        if (date is { } time)
            Write(to, HeaderField.CreateRaw(name, MailDate.Format(time)));
    }

    private static void Field(ArrayBufferWriter<byte> to, string name, string value, bool isUtf8) => Write(to, HeaderField.CreateRaw(name, Clean(value, isUtf8)));

    /// <summary>What a remote said, made fit for a field: on one line, without control characters, ASCII unless UTF-8 is allowed, no word longer than a line.</summary>
    private static string Clean(string value, bool isUtf8)
    {
        var clean = new StringBuilder(Math.Min(value.Length, DiagnosticMax));
        var word = 0;
        foreach (var rune in value.EnumerateRunes())
        {
            if (clean.Length >= DiagnosticMax)
                break;
            var isSpace = Rune.IsControl(rune) || rune.Value == ' ';
            word = isSpace ? 0 : word + 1;
            if (word > WordMax)
                (word, _) = (1, clean.Append(' '));
            clean.Append(isSpace ? " " : rune.IsAscii || isUtf8 ? rune.ToString() : "?");
        }
        return clean.ToString();
    }

    private static void Write(ArrayBufferWriter<byte> to, HeaderField field) => to.Write(field.Raw.Span);
}

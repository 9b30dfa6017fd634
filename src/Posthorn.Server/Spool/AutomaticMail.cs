using System.Buffers;
using System.Text;
using Posthorn.Bodies;
using Posthorn.Messages;
using Posthorn.Protocols.Mime;
using Posthorn.Queues;

namespace Posthorn.Server.Spool;

/// <summary>A mail that a program writes: from the null sender, so that nothing is bounced to anybody, and marked as one that no responder answers (RFC 3834).</summary>
internal sealed record AutomaticMail
{
    private const int FromLengthMax = 100;

    /// <summary>The name of this server.</summary>
    public required string Hostname { get; init; }

    /// <summary>The name it comes from; the address is <c>no-reply</c> here.</summary>
    public required string From { get; init; }

    /// <summary>The recipient's address.</summary>
    public required string To { get; init; }

    public required string Subject { get; init; }

    public required string Text { get; init; }

    /// <summary>The left side of its Message-ID.</summary>
    public required string Id { get; init; }

    public required DateTimeOffset Date { get; init; }

    /// <summary>Further header fields.</summary>
    public IReadOnlyList<HeaderField> More { get; init; } = [];

    private string MessageId => $"{Id}@{Hostname}";

    /// <summary>The mail as a message that is to be committed.</summary>
    /// <param name="queue">Where it goes.</param>
    /// <param name="door">Who wrote it, in the words of <see cref="MailAttributes.Door"/>.</param>
    public NewMessage ToMessage(QueueName queue, string door)
    {
        var attributes = new Dictionary<string, AttributeValue>(StringComparer.Ordinal)
        {
            [MailAttributes.Door] = door, [MailAttributes.MessageId] = MessageId, [MailAttributes.Subject] = Subject,
        };
        if (!Ascii.IsValid(To))
            attributes[MailAttributes.SmtpUtf8] = "1"; // RFC 6531: the address is in the header too
        return new NewMessage
        {
            Queue = queue,
            Content = Body.Of(Bytes()),
            // RFC 3461 5.2, RFC 3834: an automatic mail from nobody, about which nobody is told.
            Envelope = new Envelope("", [new Recipient(To) { Notify = DsnNotify.Never }]),
            Attributes = attributes,
        };
    }

    private byte[] Bytes()
    {
        var body = Encoding.UTF8.GetBytes(Text.ReplaceLineEndings("\r\n"));
        var encoding = MimeEncoder.Choose(body);
        var mail = new ArrayBufferWriter<byte>(body.Length + 1_024);
        void Write(HeaderField field) => mail.Write(field.Raw.Span);
        Write(HeaderField.CreateRaw("From", new MailAddress(From.Length > FromLengthMax ? From[..FromLengthMax] : From, "no-reply", Hostname).ToHeader()));
        Write(HeaderField.CreateRaw("To", $"<{To}>"));
        Write(HeaderField.Create("Subject", Subject));
        Write(HeaderField.CreateRaw("Date", MailDate.Format(Date)));
        Write(HeaderField.CreateRaw("Message-ID", $"<{MessageId}>"));
        Write(HeaderField.CreateRaw("Auto-Submitted", "auto-generated")); // RFC 3834 5; keeps responders from answering
        foreach (var field in More)
            Write(field);
        Write(HeaderField.CreateRaw("MIME-Version", "1.0"));
        Write(HeaderField.CreateRaw("Content-Type", $"text/plain; charset={(encoding == TransferEncoding.SevenBit ? "us-ascii" : "utf-8")}"));
        if (encoding != TransferEncoding.SevenBit)
            Write(HeaderField.CreateRaw("Content-Transfer-Encoding", encoding == TransferEncoding.Base64 ? "base64" : "quoted-printable"));
        mail.Write("\r\n"u8);
        mail.Write(encoding switch
        {
            TransferEncoding.Base64 => MimeEncoder.Base64(body),
            TransferEncoding.QuotedPrintable => MimeEncoder.QuotedPrintable(body),
            _ => body,
        });
        return mail.WrittenSpan.ToArray();
    }
}

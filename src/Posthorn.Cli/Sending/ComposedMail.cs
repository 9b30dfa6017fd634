using System.Text;
using Posthorn.Protocols.Mime;

namespace Posthorn.Cli.Sending;

/// <summary>Writes a plain mail: the fields that a mail must have, and the text encoded as it needs.</summary>
internal static class ComposedMail
{
    private const int TextBytesMax = 50_000_000;

    public static async Task<Stream> WriteAsync(
        string from, IReadOnlyList<string> to, string subject, Stream text, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var body = await ReadAsync(text, cancellationToken);
        var encoding = MimeEncoder.Choose(body);
        var mail = new MemoryStream();
        try
        {
            Add(HeaderField.Create("From", from));
            Add(HeaderField.Create("To", string.Join(", ", to)));
            Add(HeaderField.Create("Subject", subject));
            Add(HeaderField.CreateRaw("Date", MailDate.Format(now)));
            Add(HeaderField.CreateRaw("Message-ID", $"<{Guid.CreateVersion7(now):N}@{from[(from.LastIndexOf('@') + 1)..]}>"));
            Add(HeaderField.CreateRaw("MIME-Version", "1.0"));
            Add(HeaderField.CreateRaw("Content-Type", "text/plain; charset=utf-8"));
            if (encoding != TransferEncoding.SevenBit)
                Add(HeaderField.CreateRaw("Content-Transfer-Encoding", encoding == TransferEncoding.Base64 ? "base64" : "quoted-printable"));
        }
        catch (ArgumentException e)
        {
            throw new UsageException(e.Message);
        }
        mail.Write("\r\n"u8);
        mail.Write(encoding switch
        {
            TransferEncoding.Base64 => MimeEncoder.Base64(body),
            TransferEncoding.QuotedPrintable => MimeEncoder.QuotedPrintable(body),
            _ => body,
        });
        mail.Position = 0;
        return mail;

        void Add(HeaderField field) => mail.Write(field.Raw.Span);
    }

    /// <summary>The text with CRLF line ends, the last line ended.</summary>
    private static async Task<byte[]> ReadAsync(Stream text, CancellationToken cancellationToken)
    {
        using var reader = new StreamReader(text, Encoding.UTF8);
        var lines = new StringBuilder();
        while (await reader.ReadLineAsync(cancellationToken) is { } line)
        {
            lines.Append(line).Append("\r\n");
            if (lines.Length > TextBytesMax)
                throw new UsageException("The text is too long; write a complete mail and send it with --mail.");
        }
        return Encoding.UTF8.GetBytes(lines.ToString());
    }
}

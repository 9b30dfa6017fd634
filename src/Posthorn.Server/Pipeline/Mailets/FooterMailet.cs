using System.Net;
using System.Text;
using Posthorn.Protocols.Mime;
using Posthorn.Server.Operate.Configuration;
using Posthorn.Server.Pipeline.Processors;

namespace Posthorn.Server.Pipeline.Mailets;

/// <summary>
/// <c>add-footer</c>: puts a text behind the mail's own, in its plain and its HTML form. These parts are written anew as UTF-8; everything else stays byte for byte.
/// </summary>
/// <remarks>Limits: a signed or encrypted mail, and a text part over 4 MiB, stay as they are: the signature, or memory, would suffer.</remarks>
internal sealed class FooterMailet(string text, string html) : IMailet
{
    private const int TextBytesMax = 4 * 1024 * 1024;

    public async ValueTask ExecuteAsync(MailContext mail, CancellationToken cancellationToken)
    {
        var edits = new List<BodyEdit>();
        await using (var stream = await mail.OpenAsync(cancellationToken))
        {
            foreach (var part in TextsOf(await mail.PartsAsync(cancellationToken)))
            {
                if (part.BodyLength <= TextBytesMax)
                    edits.Add(await WriteAsync(stream, part, cancellationToken));
            }
        }

        if (edits.Count > 0)
            await BodyEdit.ApplyAsync(mail, edits, cancellationToken);
    }

    public static FooterMailet? Create(MailetBinding binding)
    {
        if (binding.Value is not ConfigNode.Map)
            return binding.Text("add-footer: \"Sent by Example Ltd.\"") is { } plain ? Of(plain, null) : null;
        var reader = ConfigReader.Open(binding.Value, binding.Errors);
        var (text, html) = (reader.RequiredText("text"), reader.Text("html"));
        reader.Close();
        return Of(text, html);
    }

    private static FooterMailet Of(string text, string? html) =>
        new(text.ReplaceLineEndings("\r\n").TrimEnd(), html ?? $"<p>{WebUtility.HtmlEncode(text.TrimEnd()).ReplaceLineEndings("<br>\r\n")}</p>");

    /// <summary>The parts that people read as the mail's text: of alternatives all, of a mixture the first.</summary>
    private static IEnumerable<MimePart> TextsOf(MimePart part)
    {
        if (part.ContentType.IsMultipart)
        {
            return part.ContentType.Subtype switch
            {
                "alternative" => part.Children.SelectMany(TextsOf),
                "mixed" or "related" => part.Children.Take(1).SelectMany(TextsOf),
                _ => [], // signed, encrypted, report, form-data: not ours to change
            };
        }

        var isText = part.ContentType.Type == "text" && part.ContentType.Subtype is "plain" or "html";
        return isText && !part.IsAttachment && !part.IsCutShort && !part.Header.IsTruncated ? [part] : [];
    }

    private async ValueTask<BodyEdit> WriteAsync(Stream stream, MimePart part, CancellationToken cancellationToken)
    {
        var isHtml = part.ContentType.Subtype == "html";
        var before = await MimeDecoder.DecodeTextAsync(stream, part, TextBytesMax, cancellationToken);
        var body = Encoding.UTF8.GetBytes(isHtml ? WithHtml(before) : WithText(before));
        var encoding = MimeEncoder.Choose(body);
        var header = new HeaderEditor(part.Header);
        header.Remove("Content-Transfer-Encoding");
        if (part.Header.Has("Content-Type") || !System.Text.Ascii.IsValid(body))
            Replace(header, HeaderField.CreateRaw("Content-Type", Utf8(part.ContentType)));
        if (encoding != TransferEncoding.SevenBit)
            header.Add(HeaderField.CreateRaw("Content-Transfer-Encoding", encoding == TransferEncoding.Base64 ? "base64" : "quoted-printable"), inFront: false);
        var encoded = encoding switch
        {
            TransferEncoding.Base64 => MimeEncoder.Base64(body),
            TransferEncoding.QuotedPrintable => MimeEncoder.QuotedPrintable(body),
            _ => body,
        };
        // A header that nothing follows has no blank line, and the editor adds one only to what it changes.
        ReadOnlySpan<byte> blankLine = header.IsChanged || part.Header.EndsWithBlankLine ? [] : "\r\n"u8;
        return new BodyEdit(part.HeaderOffset, part.Length, (byte[])[.. header.ToBytes().Span, .. blankLine, .. encoded]);
    }

    private string WithText(string before) => before.Length == 0 || before.EndsWith('\n') ? $"{before}{text}\r\n" : $"{before}\r\n{text}\r\n";

    private string WithHtml(string before)
    {
        var end = before.LastIndexOf("</body", StringComparison.OrdinalIgnoreCase);
        if (end < 0)
            end = before.LastIndexOf("</html", StringComparison.OrdinalIgnoreCase);
        return end < 0 ? before + html : before.Insert(end, html);
    }

    private static void Replace(HeaderEditor header, HeaderField field)
    {
        header.Remove(field.Name);
        header.Add(field, inFront: false);
    }

    // format=flowed, delsp and their like say how the text reads and stay.
    private static string Utf8(ContentType type)
    {
        var value = new StringBuilder(type.MediaType).Append("; charset=utf-8");
        foreach (var name in new[] { "format", "delsp" })
        {
            if (type.Parameters[name] is { } parameter && parameter.All(char.IsAsciiLetterOrDigit))
                value.Append("; ").Append(name).Append('=').Append(parameter);
        }

        return value.ToString();
    }
}

using System.Text;
using Posthorn.Protocols.Mime;

namespace Posthorn.Protocols.Imap.Structure;

/// <summary>Computes <see cref="MailStructure"/>s in one pass over a mail, with a buffer of fixed size and its headers in memory. Never fails on content.</summary>
public static class StructureReader
{
    private const int ReferencesMax = 32;

    /// <summary>How much of a mail's structure is told: as the pipeline sees it, but no deeper than clients' readers go.</summary>
    private static readonly MimeLimits s_limits = MimeLimits.Default with { NestingMax = 60 };

    /// <summary>Reads a mail.</summary>
    /// <param name="content">The mail, standing at its start; read to its end.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public static async ValueTask<MailStructure> ReadAsync(Stream content, CancellationToken cancellationToken) =>
        Encode(await MimeReader.ReadCountingLinesAsync(content, s_limits, cancellationToken));

    /// <summary>Reads a mail in memory.</summary>
    public static MailStructure Read(ReadOnlySpan<byte> content) => Encode(MimeReader.ReadCountingLines(content, s_limits));

    private static MailStructure Encode(MimePart mail)
    {
        var envelope = new StructureEncoder();
        Envelope(envelope, mail.Header);
        var references = new StructureEncoder();
        References(references, mail.Header);
        var encoder = new StructureEncoder();
        // Of a header that is too long to be held no checksum is known.
        var header = mail.HeaderOffset == 0 && mail.Header.Length == mail.BodyOffset ? mail.Header.Bytes.Span : default;
        encoder.UInt32(StructureEncoder.Checksum(header));
        encoder.Number(header.Length);
        encoder.Number(mail.Length + mail.HeaderOffset);
        encoder.Number(envelope.Length);
        encoder.Number(references.Length);
        encoder.Append(envelope);
        encoder.Append(references);
        Part(encoder, mail, from: 0);
        var isRead = MailStructure.TryRead(encoder.Seal(), out var structure);
        return isRead ? structure! : throw new InvalidOperationException("A mail's structure cannot be read back.");
    }

    private static void Part(StructureEncoder to, MimePart part, long from)
    {
        var header = part.Header;
        var message = part.ContentType.IsMessage && part.Children.Count == 1 ? part.Children[0] : null;
        // A mail inside that could not be entered would need an envelope; as a file it can at least be saved.
        var isClosed = part.ContentType.IsMessage && message is null;
        var disposition = Value(header, "Content-Disposition");
        var dispositionType = TokenAt(disposition);
        var languages = Languages(Value(header, "Content-Language"));
        var has = Has(header, "Content-ID", PartFields.Id)
            | Has(header, "Content-Description", PartFields.Description)
            | Has(header, "Content-MD5", PartFields.Md5)
            | (dispositionType.IsEmpty ? PartFields.None : PartFields.Disposition)
            | (languages.Count == 0 ? PartFields.None : PartFields.Languages)
            | Has(header, "Content-Location", PartFields.Location)
            | (message is null ? PartFields.None : PartFields.Message)
            | (part.Children.Count == 0 ? PartFields.None : PartFields.Children);
        to.Byte((byte)has);
        to.Byte((byte)part.TransferEncoding);
        if (part.TransferEncoding == TransferEncoding.Unknown)
            to.String(EncodingName(Value(header, "Content-Transfer-Encoding")));
        to.String(isClosed ? "application"u8 : Encoding.UTF8.GetBytes(part.ContentType.Type));
        to.String(isClosed ? "octet-stream"u8 : Encoding.UTF8.GetBytes(part.ContentType.Subtype));
        Parameters(to, Value(header, "Content-Type"));
        to.Number(part.HeaderOffset - from);
        to.Number(part.BodyOffset - part.HeaderOffset);
        to.Number(part.BodyLength);
        to.Number(part.BodyLines ?? 0);
        if (has.HasFlag(PartFields.Id))
            to.Field(header["Content-ID"]);
        if (has.HasFlag(PartFields.Description))
            to.Field(header["Content-Description"]);
        if (has.HasFlag(PartFields.Md5))
            to.Field(header["Content-MD5"]);
        if (has.HasFlag(PartFields.Disposition))
        {
            to.String(dispositionType);
            Parameters(to, disposition);
        }
        if (has.HasFlag(PartFields.Languages))
            Strings(to, languages);
        if (has.HasFlag(PartFields.Location))
            to.Field(header["Content-Location"]);
        if (message is not null)
            Envelope(to, message.Header);
        if (has.HasFlag(PartFields.Children))
            Children(to, part);
    }

    private static void Children(StructureEncoder to, MimePart part)
    {
        to.Number(part.Children.Count);
        var from = part.BodyOffset;
        foreach (var child in part.Children)
        {
            Part(to, child, from);
            from = child.HeaderOffset + child.Length;
        }
    }

    private static void Envelope(StructureEncoder to, HeaderBlock header)
    {
        to.Field(header["Date"]);
        to.Field(header["Subject"]);
        foreach (var name in (ReadOnlySpan<string>)["From", "Sender", "Reply-To", "To", "Cc", "Bcc"])
            EnvelopeAddressScanner.Write(Value(header, name), to);
        to.Field(header["In-Reply-To"]);
        to.Field(header["Message-ID"]);
    }

    private static void References(StructureEncoder to, HeaderBlock header)
    {
        var ids = MessageIds(Value(header, "References"), ReferencesMax * 100);
        if (ids.Count == 0)
            ids = MessageIds(Value(header, "In-Reply-To"), 1); // RFC 5256 3: its first id
        // The first names the thread, the last what is answered; the middle of very long ones is left out.
        if (ids.Count > ReferencesMax)
            ids.RemoveRange(1, ids.Count - ReferencesMax);
        Strings(to, ids);
    }

    private static List<byte[]> MessageIds(ReadOnlySpan<byte> value, int max)
    {
        var ids = new List<byte[]>();
        while (ids.Count < max && value.IndexOf((byte)'<') is >= 0 and var start)
        {
            value = value[start..];
            var end = value.IndexOf((byte)'>');
            if (end < 0)
                break;
            if (end > 1)
                ids.Add(value[..(end + 1)].ToArray());
            value = value[(end + 1)..];
        }
        return ids;
    }

    private static void Parameters(StructureEncoder to, ReadOnlySpan<byte> value)
    {
        var parameters = ParameterScanner.Read(value);
        to.Number(parameters.Count);
        foreach (var (name, text) in parameters)
        {
            to.String(name);
            to.String(text);
        }
    }

    private static void Strings(StructureEncoder to, List<byte[]> strings)
    {
        to.Number(strings.Count);
        foreach (var text in strings)
            to.String(text);
    }

    private static List<byte[]> Languages(ReadOnlySpan<byte> value)
    {
        var languages = new List<byte[]>();
        foreach (var range in value.Split((byte)','))
            if (TokenAt(value[range]) is { IsEmpty: false } language)
                languages.Add(language.ToArray());
        return languages;
    }

    private static ReadOnlySpan<byte> EncodingName(ReadOnlySpan<byte> value) =>
        TokenAt(value) is { IsEmpty: false } token ? token : "unknown"u8;

    /// <summary>The word at the start of a value, up to a semicolon, a comment or white space.</summary>
    private static ReadOnlySpan<byte> TokenAt(ReadOnlySpan<byte> value)
    {
        value = value.TrimStart(" \t\""u8);
        var end = value.IndexOfAny(" \t;(\""u8);
        return end < 0 ? value : value[..end];
    }

    private static PartFields Has(HeaderBlock header, string name, PartFields field) => Value(header, name).IsEmpty ? PartFields.None : field;

    private static ReadOnlySpan<byte> Value(HeaderBlock header, string name) => header[name] is { } field ? field.UnfoldedBytes : default;
}

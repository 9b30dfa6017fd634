namespace Posthorn.Protocols.Mime;

/// <summary>A part of a mail, the mail itself first: what it is and where its bytes lie. Offsets count from where the mail begins.</summary>
public sealed record MimePart
{
    /// <summary>Its header.</summary>
    public required HeaderBlock Header { get; init; }

    /// <summary>Its media type, or the default of where it stands.</summary>
    public required ContentType ContentType { get; init; }

    /// <summary>How its body is encoded.</summary>
    public required TransferEncoding TransferEncoding { get; init; }

    /// <summary>Where its header begins.</summary>
    public required long HeaderOffset { get; init; }

    /// <summary>Where its body begins.</summary>
    public required long BodyOffset { get; init; }

    /// <summary>Bytes of its body as encoded; the line end before a boundary belongs to the boundary (RFC 2046 5.1.1).</summary>
    public required long BodyLength { get; init; }

    /// <summary>Line ends (LF) in its body; null when the reader was not asked to count.</summary>
    public long? BodyLines { get; init; }

    /// <summary>Bytes of header and body.</summary>
    public long Length => BodyOffset - HeaderOffset + BodyLength;

    /// <summary>The parts of a multipart; the one mail of a <c>message/rfc822</c>; empty for others.</summary>
    public required IReadOnlyList<MimePart> Children { get; init; }

    /// <summary>Whether the reader stopped short in this part or below it because of <see cref="MimeLimits"/>: parts may be missing.</summary>
    public bool IsCutShort { get; init; }

    /// <summary>The disposition in lower case: <c>attachment</c>, <c>inline</c>; null without one (RFC 2183).</summary>
    public string? Disposition => DispositionValue() is { } value
        ? value.AsSpan(0, value.IndexOf(';') is >= 0 and var end ? end : value.Length).Trim(" \t\"").ToString().ToLowerInvariant()
        : null;

    /// <summary>The name it gives itself, safe to be used as a file name: of its disposition, else of its type; null without one (RFC 2183, 2231; RFC 2047 as many send it).</summary>
    public string? FileName
    {
        get
        {
            var value = DispositionValue();
            var end = value?.IndexOf(';') ?? -1;
            var given = end < 0 ? null : MimeParameters.Parse(value![(end + 1)..])["filename"];
            return Mime.FileName.Safe(given) ?? Mime.FileName.Safe(ContentType.Parameters["name"]);
        }
    }

    /// <summary>The Content-ID without angle brackets; null without one (RFC 2392).</summary>
    public string? ContentId => Header["Content-ID"]?.Value is { } value && value.Trim('<', '>', ' ', '\t') is { Length: > 0 } id ? id : null;

    /// <summary>
    /// Whether people would call it an attachment: it says so, or it has a name and is no picture shown inside a text
    /// (<c>inline</c> with a Content-ID). An <c>inline</c> file with a name counts: some programs send every file so.
    /// </summary>
    public bool IsAttachment =>
        !ContentType.IsMultipart
        && (Disposition is { } disposition && disposition != "inline"
            ? disposition == "attachment" || FileName is not null
            : FileName is not null && ContentId is null);

    /// <summary>This part and all below it, in the order they stand.</summary>
    public IEnumerable<MimePart> Descendants()
    {
        var left = new Stack<MimePart>([this]);
        while (left.TryPop(out var part))
        {
            yield return part;
            for (var i = part.Children.Count - 1; i >= 0; i--)
                left.Push(part.Children[i]);
        }
    }

    private string? DispositionValue() => Header["Content-Disposition"]?.Value;
}

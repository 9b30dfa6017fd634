namespace Posthorn.Protocols.Mime;

/// <summary>A part whose end has not been seen.</summary>
internal sealed class OpenPart
{
    private readonly long _headerOffset;
    private readonly List<MimePart> _children = [];
    private HeaderBlock _header = HeaderBlock.Empty;
    private TransferEncoding _encoding;
    private long _bodyOffset;
    private long _linesBeforeBody; // of the mail, when they are counted

    public OpenPart(long headerOffset, ContentType defaultType)
    {
        _headerOffset = _bodyOffset = EndMin = headerOffset;
        ContentType = defaultType;
    }

    public ContentType ContentType { get; private set; }

    /// <summary>What delimits its parts; null when it has none, or no more.</summary>
    public byte[]? Boundary { get; set; }

    public bool IsCutShort { get; set; }

    public bool IsHeaderCut { get; set; }

    /// <summary>Whether its body is not encoded, so that a mail inside can be entered. (RFC 2045 6.4 forbids to encode multiparts: those are entered whatever they say.)</summary>
    public bool IsPlain => _encoding is not (TransferEncoding.Base64 or TransferEncoding.QuotedPrintable or TransferEncoding.Unknown);

    /// <summary>Where it ends at the earliest.</summary>
    public long EndMin { get; private set; }

    /// <summary>Line ends of the mail before <see cref="EndMin"/>.</summary>
    public long LinesMin { get; private set; }

    public void EndHeader(HeaderBlock header, long bodyOffset, long lines)
    {
        _header = header;
        _bodyOffset = bodyOffset;
        _linesBeforeBody = lines;
        (EndMin, LinesMin) = (bodyOffset, lines);
        if (header["Content-Type"] is { } type)
            ContentType = ContentType.Parse(type.Value);
        _encoding = EncodingOf(header["Content-Transfer-Encoding"]?.Value);
    }

    /// <param name="child">A part of it that has ended.</param>
    /// <param name="lines">Line ends of the mail before the child's end.</param>
    public void Add(MimePart child, long lines)
    {
        _children.Add(child);
        (EndMin, LinesMin) = (child.HeaderOffset + child.Length, lines);
        IsCutShort |= child.IsCutShort;
    }

    /// <param name="end">Where it ends.</param>
    /// <param name="lines">Line ends of the mail before that; null when they are not counted.</param>
    public MimePart Close(long end, long? lines) => new()
    {
        Header = _header,
        ContentType = ContentType,
        TransferEncoding = _encoding,
        HeaderOffset = _headerOffset,
        BodyOffset = _bodyOffset,
        BodyLength = end - _bodyOffset,
        BodyLines = lines - _linesBeforeBody,
        Children = _children,
        IsCutShort = IsCutShort || IsHeaderCut,
    };

    private static TransferEncoding EncodingOf(string? value)
    {
        var name = value.AsSpan();
        var end = name.IndexOfAny(" \t;(");
        return (end < 0 ? name : name[..end]).Trim('"').ToString().ToLowerInvariant() switch
        {
            "" or "7bit" or "7-bit" => TransferEncoding.SevenBit,
            "8bit" or "8-bit" => TransferEncoding.EightBit,
            "binary" => TransferEncoding.Binary,
            "base64" => TransferEncoding.Base64,
            "quoted-printable" => TransferEncoding.QuotedPrintable,
            _ => TransferEncoding.Unknown,
        };
    }
}

namespace Posthorn.Protocols.Mime;

/// <summary>A media type with its parameters (RFC 2045 5), read tolerantly.</summary>
public sealed record ContentType
{
    /// <summary>What a part without a Content-Type is (RFC 2045 5.2).</summary>
    public static ContentType Default { get; } = new("text", "plain", MimeParameters.Parse("charset=us-ascii"));

    /// <summary>What a part of a digest without a Content-Type is (RFC 2046 5.1.5).</summary>
    public static ContentType DigestDefault { get; } = new("message", "rfc822", MimeParameters.None);

    /// <summary>A media type.</summary>
    public ContentType(string type, string subtype, MimeParameters parameters) =>
        (Type, Subtype, Parameters) = (type.ToLowerInvariant(), subtype.ToLowerInvariant(), parameters);

    /// <summary>The type in lower case: <c>text</c>.</summary>
    public string Type { get; }

    /// <summary>The subtype in lower case: <c>plain</c>.</summary>
    public string Subtype { get; }

    /// <summary>The parameters.</summary>
    public MimeParameters Parameters { get; }

    /// <summary>Type and subtype in lower case: <c>text/plain</c>.</summary>
    public string MediaType => $"{Type}/{Subtype}";

    /// <summary>The <c>charset</c> parameter; null without one.</summary>
    public string? Charset => Parameters["charset"];

    /// <summary>The <c>boundary</c> parameter; null without one.</summary>
    public string? Boundary => Parameters["boundary"];

    /// <summary>Whether its parts are other parts.</summary>
    public bool IsMultipart => Type == "multipart";

    /// <summary>Whether it holds a whole mail (RFC 2046 5.2.1; RFC 6532 3.7).</summary>
    public bool IsMessage => Type == "message" && Subtype is "rfc822" or "global";

    /// <summary>
    /// Reads the value of a Content-Type field. Null or nothing usable is <see cref="Default"/>; a type without a subtype (sent by real programs)
    /// is <c>application/octet-stream</c> with its parameters, for <c>text/plain</c> would show binary data as text.
    /// </summary>
    public static ContentType Parse(string? value)
    {
        if (value is null)
            return Default;
        var end = value.IndexOf(';');
        var media = (end < 0 ? value : value[..end]).AsSpan();
        var comment = media.IndexOf('(');
        media = (comment < 0 ? media : media[..comment]).Trim(" \t\"");
        var parameters = MimeParameters.Parse(end < 0 ? "" : value[(end + 1)..]);
        var slash = media.IndexOf('/');
        if (slash < 0)
            return media.IsEmpty ? new("text", "plain", parameters) : new("application", "octet-stream", parameters);
        ReadOnlySpan<char> type = media[..slash].Trim(), subtype = media[(slash + 1)..].Trim();
        var isToken = !type.IsEmpty && !subtype.IsEmpty && !type.ContainsAny(" \t/") && !subtype.ContainsAny(" \t/");
        return isToken ? new(type.ToString(), subtype.ToString(), parameters) : new("application", "octet-stream", parameters);
    }

    /// <summary>Whether it is of this type and subtype, compared without case; <c>*</c> fits any.</summary>
    public bool Is(string type, string subtype) =>
        (type == "*" || Type.Equals(type, StringComparison.OrdinalIgnoreCase))
        && (subtype == "*" || Subtype.Equals(subtype, StringComparison.OrdinalIgnoreCase));

    /// <inheritdoc/>
    public override string ToString() => MediaType;
}

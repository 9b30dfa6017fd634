namespace Posthorn.Protocols.Smtp;

/// <summary>An enhanced mail system status code <c>class.subject.detail</c> (RFC 3463).</summary>
/// <param name="Class">2 success, 4 transient, 5 permanent.</param>
/// <param name="Subject">0 to 999.</param>
/// <param name="Detail">0 to 999.</param>
public readonly record struct EnhancedStatusCode(int Class, int Subject, int Detail)
{
    /// <summary>Takes a code from the start of a reply's text; what follows is left in <paramref name="rest"/> without its leading space.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out EnhancedStatusCode code, out ReadOnlySpan<char> rest)
    {
        code = default;
        rest = text;
        var end = text.IndexOf(' ');
        var token = end < 0 ? text : text[..end];
        Span<Range> parts = stackalloc Range[4];
        if (token.Split(parts, '.') != 3
            || !TryNumber(token[parts[0]], out var c) || c is not (2 or 4 or 5)
            || !TryNumber(token[parts[1]], out var s) || !TryNumber(token[parts[2]], out var d))
            return false;
        code = new EnhancedStatusCode(c, s, d);
        rest = end < 0 ? [] : text[(end + 1)..];
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Class}.{Subject}.{Detail}";

    private static bool TryNumber(ReadOnlySpan<char> text, out int value)
    {
        value = 0;
        return text.Length is >= 1 and <= 3 && int.TryParse(text, System.Globalization.NumberStyles.None, null, out value);
    }
}

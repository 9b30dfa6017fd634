using System.Buffers;

namespace Posthorn.Protocols.Mime;

/// <summary>What a line of a header is (RFC 5322 2.2, tolerant); the one definition that the block, the scan and the MIME reader share.</summary>
internal static class HeaderSyntax
{
    /// <summary>How much of a line's start must be seen to tell what it is: a colon beyond the longest legal line (RFC 5322 2.1.1) ends no name.</summary>
    public const int LineHeadBytes = 998;

    /// <summary>RFC 5322 3.6.8: printable US-ASCII except the colon.</summary>
    private static readonly SearchValues<byte> NameBytes =
        SearchValues.Create(Enumerable.Range(33, 94).Where(b => b != ':').Select(b => (byte)b).ToArray());

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <summary>What the line is; a line that is cut off must show <see cref="LineHeadBytes"/> at least.</summary>
    public static HeaderLine Classify(ReadOnlySpan<byte> line)
    {
        if (line.IsEmpty)
            return HeaderLine.Other;
        switch (line[0])
        {
            case (byte)'\n':
            case (byte)'\r' when line.Length > 1 && line[1] == '\n':
                return HeaderLine.Blank;
            case (byte)' ' or (byte)'\t':
                return HeaderLine.Continuation;
            default:
                return NameLength(line) > 0 ? HeaderLine.Field : HeaderLine.Other;
        }
    }

    /// <summary>Length of the name at the start of a field's first line; 0 when it starts no field. White space before the colon is obsolete, not wrong (RFC 5322 4.5).</summary>
    public static int NameLength(ReadOnlySpan<byte> line)
    {
        var head = line[..Math.Min(line.Length, LineHeadBytes)];
        var length = head.IndexOfAnyExcept(NameBytes);
        if (length <= 0)
            return 0;
        var colon = head[length..].IndexOfAnyExcept((byte)' ', (byte)'\t');
        return colon >= 0 && head[length + colon] == ':' ? length : 0;
    }

    /// <summary>
    /// Bytes in front of a header that belong to no field: a byte order mark, and a line <c>From …</c> that a mailbox file left
    /// (also <c>>From …</c>, what some programs made of it).
    /// </summary>
    public static int PrologueLength(ReadOnlySpan<byte> bytes)
    {
        var mark = bytes.StartsWith(ByteOrderMark) ? ByteOrderMark.Length : 0;
        var rest = bytes[mark..];
        if (!rest.StartsWith("From "u8) && !rest.StartsWith(">From "u8))
            return mark;
        if (NameLength(rest) > 0)
            return mark; // "From : a@b" is an obsolete but valid From field
        var end = rest.IndexOf((byte)'\n');
        return end < 0 ? bytes.Length : mark + end + 1;
    }

    /// <summary>Whether <paramref name="name"/> can name a field.</summary>
    public static bool IsName(ReadOnlySpan<byte> name) => name.Length is > 0 and <= 77 && !name.ContainsAnyExcept(NameBytes);
}

using System.Text;
using Posthorn.Protocols.Mime;

namespace Posthorn.Protocols.Imap.Fetching;

/// <summary>HEADER.FIELDS and HEADER.FIELDS.NOT: some fields of a header as they stand, and the blank line (RFC 9051 6.4.5.1).</summary>
public static class HeaderFilter
{
    /// <summary>How many bytes a filtered header may be longer than it was: the end of a line, and the blank line.</summary>
    public const int AddedBytesMax = 4;

    /// <summary>Filters a header where it stands.</summary>
    /// <param name="buffer">The header, with its blank line or without, and room for <see cref="AddedBytesMax"/> bytes.</param>
    /// <param name="length">How many bytes of it are the header.</param>
    /// <param name="section">Which fields.</param>
    /// <returns>How many bytes are left of it.</returns>
    public static int Filter(Span<byte> buffer, int length, FetchSection section)
    {
        var isNot = section.Text == SectionText.HeaderFieldsNot;
        var (from, to) = (HeaderSyntax.PrologueLength(buffer[..length]), 0);
        var isWanted = false;
        while (from < length)
        {
            var line = buffer[from..length];
            if (line.IndexOf((byte)'\n') is >= 0 and var end)
                line = line[..(end + 1)];
            var kind = HeaderSyntax.Classify(line);
            if (kind is HeaderLine.Blank or HeaderLine.Other)
                break;
            if (kind == HeaderLine.Field)
                isWanted = IsAmong(section.Fields, line[..HeaderSyntax.NameLength(line)]) != isNot;
            from += line.Length;
            if (!isWanted)
                continue;
            line.CopyTo(buffer[to..]);
            to += line.Length;
        }
        if (to > 0 && buffer[to - 1] != '\n')
            to += EndLine(buffer[to..]); // a header that ends with the mail
        return to + EndLine(buffer[to..]);
    }

    private static int EndLine(Span<byte> target)
    {
        "\r\n"u8.CopyTo(target);
        return 2;
    }

    private static bool IsAmong(IReadOnlyList<string> names, ReadOnlySpan<byte> name)
    {
        for (var i = 0; i < names.Count; i++)
        {
            if (names[i].Length == name.Length && Ascii.EqualsIgnoreCase(name, names[i]))
                return true;
        }
        return false;
    }
}

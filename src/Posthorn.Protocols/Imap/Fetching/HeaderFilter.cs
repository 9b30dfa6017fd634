using System.Buffers;
using System.Text;
using Posthorn.Protocols.Mime;

namespace Posthorn.Protocols.Imap.Fetching;

/// <summary>HEADER.FIELDS and HEADER.FIELDS.NOT: some fields of a header as they stand, and the blank line (RFC 9051 6.4.5.1).</summary>
public static class HeaderFilter
{
    /// <summary>Filters a header.</summary>
    /// <param name="header">Its bytes, with its blank line or without.</param>
    /// <param name="section">Which fields.</param>
    public static ReadOnlyMemory<byte> Filter(ReadOnlySpan<byte> header, FetchSection section)
    {
        var names = new byte[section.Fields.Count][];
        for (var i = 0; i < names.Length; i++)
            names[i] = Encoding.UTF8.GetBytes(section.Fields[i]);
        var isNot = section.Text == SectionText.HeaderFieldsNot;
        var filtered = new ArrayBufferWriter<byte>(isNot ? header.Length + 2 : 256);
        var rest = header[HeaderSyntax.PrologueLength(header)..];
        var isWanted = false;
        while (!rest.IsEmpty)
        {
            var end = rest.IndexOf((byte)'\n') + 1;
            var line = end == 0 ? rest : rest[..end];
            var kind = HeaderSyntax.Classify(line);
            if (kind is HeaderLine.Blank or HeaderLine.Other)
                break;
            if (kind == HeaderLine.Field)
                isWanted = Holds(names, line[..HeaderSyntax.NameLength(line)]) != isNot;
            if (isWanted)
                filtered.Write(line);
            rest = rest[line.Length..];
        }
        if (filtered.WrittenCount > 0 && filtered.WrittenSpan[^1] != '\n')
            filtered.Write("\r\n"u8); // a header that ends with the mail
        filtered.Write("\r\n"u8);
        return filtered.WrittenMemory;
    }

    private static bool Holds(byte[][] names, ReadOnlySpan<byte> name)
    {
        foreach (var wanted in names)
            if (wanted.Length == name.Length && Ascii.EqualsIgnoreCase(wanted, name))
                return true;
        return false;
    }
}

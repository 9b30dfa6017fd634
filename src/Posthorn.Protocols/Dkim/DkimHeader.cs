using System.Buffers;
using System.Text;
using Posthorn.Protocols.Mime;

namespace Posthorn.Protocols.Dkim;

/// <summary>Header fields in canonical form (RFC 6376 3.4.1, 3.4.2) and the order in which they are signed (5.4.2).</summary>
internal static class DkimHeader
{
    /// <summary>A field as it is hashed, its last CRLF left out.</summary>
    public static void Write(IBufferWriter<byte> to, ReadOnlySpan<byte> field, DkimCanonicalization canonicalization)
    {
        field = field.EndsWith("\r\n"u8) ? field[..^2] : field.EndsWith((byte)'\n') ? field[..^1] : field;
        if (canonicalization == DkimCanonicalization.Simple)
            WriteSimple(to, field);
        else
            WriteRelaxed(to, field);
    }

    /// <summary>
    /// The names of <c>h=</c> and the fields they mean. A name that stands n times in the header is listed n times and means its fields from the last to the first;
    /// one time more means that there is no further one.
    /// </summary>
    public static (List<string> Names, List<HeaderField> Fields) Select(HeaderBlock header, IEnumerable<string> signed, IReadOnlyCollection<string> oversigned)
    {
        var names = new List<string>();
        var fields = new List<HeaderField>();
        foreach (var name in signed.Concat(oversigned).Distinct(StringComparer.OrdinalIgnoreCase))
        {
            var found = header.All(name).Reverse().ToList();
            fields.AddRange(found);
            var isOversigned = oversigned.Contains(name, StringComparer.OrdinalIgnoreCase);
            names.AddRange(Enumerable.Repeat(name.ToLowerInvariant(), found.Count + (isOversigned ? 1 : 0)));
        }
        return (names, fields);
    }

    private static void WriteSimple(IBufferWriter<byte> to, ReadOnlySpan<byte> field)
    {
        while (field.IndexOf((byte)'\n') is >= 0 and var end)
        {
            to.Write(field[..end].TrimEnd((byte)'\r'));
            to.Write("\r\n"u8);
            field = field[(end + 1)..];
        }
        to.Write(field);
    }

    private static void WriteRelaxed(IBufferWriter<byte> to, ReadOnlySpan<byte> field)
    {
        var colon = field.IndexOf((byte)':');
        var name = field[..colon].TrimEnd(" \t"u8);
        var span = to.GetSpan(field.Length);
        Ascii.ToLower(name, span, out var length);
        span[length++] = (byte)':';
        var hasSpace = false;
        foreach (var b in HeaderField.Unfold(field[(colon + 1)..]))
        {
            if (b is (byte)' ' or (byte)'\t')
            {
                hasSpace = true;
                continue;
            }
            if (hasSpace)
                span[length++] = (byte)' ';
            hasSpace = false;
            span[length++] = b;
        }
        to.Advance(length);
    }
}

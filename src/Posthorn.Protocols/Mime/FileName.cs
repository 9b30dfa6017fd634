using System.Globalization;
using System.Text;

namespace Posthorn.Protocols.Mime;

/// <summary>Makes the file name that a mail gives a part safe to be used (RFC 2183 2.3 and 5): no folder, nothing invisible.</summary>
public static class FileName
{
    /// <summary>Longest name in UTF-8 bytes: what common file systems take.</summary>
    public const int BytesMax = 255;

    /// <summary>
    /// The last part of a path without control and format characters (which hide what an extension is), without characters that file systems refuse,
    /// without dots and spaces at its ends, cut at <see cref="BytesMax"/> with its extension kept; null when nothing is left.
    /// </summary>
    public static string? Safe(string? given)
    {
        if (given is null)
            return null;
        var name = new StringBuilder(given.Length);
        foreach (var rune in given[(given.LastIndexOfAny(['/', '\\']) + 1)..].EnumerateRunes())
        {
            var category = Rune.GetUnicodeCategory(rune);
            if (category is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator)
                continue;
            if (rune.Value is '<' or '>' or ':' or '"' or '|' or '?' or '*')
                name.Append('_');
            else
                name.Append(rune.ToString());
        }
        var safe = Cut(name.ToString().Trim().TrimEnd('.', ' ').TrimStart('.'));
        return safe.Length == 0 ? null : safe;
    }

    private static string Cut(string name)
    {
        if (Encoding.UTF8.GetByteCount(name) <= BytesMax)
            return name;
        var dot = name.LastIndexOf('.');
        var extension = dot > 0 && name.Length - dot <= 20 ? name[dot..] : "";
        var room = BytesMax - Encoding.UTF8.GetByteCount(extension);
        var kept = new StringBuilder();
        foreach (var rune in name.EnumerateRunes())
        {
            if ((room -= rune.Utf8SequenceLength) < 0)
                break;
            kept.Append(rune.ToString());
        }
        return kept.Append(extension).ToString();
    }
}

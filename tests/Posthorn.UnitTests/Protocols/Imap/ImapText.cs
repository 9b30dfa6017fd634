using System.Buffers;
using System.Buffers.Text;

namespace Posthorn.UnitTests.Protocols.Imap;

/// <summary>Reads what a server writes as a strict client does: lists, quoted strings, literals, atoms.</summary>
internal static class ImapText
{
    private static readonly SearchValues<byte> s_atomEnds = SearchValues.Create(" ()\"{\r\n"u8);

    /// <summary>How many members the list has that is all of <paramref name="text"/>; throws when it is none.</summary>
    public static int Parse(ReadOnlySpan<byte> text)
    {
        var counts = new Stack<int>();
        var at = 0;
        while (at < text.Length)
        {
            switch (text[at])
            {
                case (byte)'(':
                    counts.Push(0);
                    at++;
                    continue;
                case (byte)')':
                    var count = counts.Pop();
                    at++;
                    if (counts.Count == 0)
                        return at == text.Length ? count : throw new FormatException($"Something stands behind the list at {at}.");
                    break;
                case (byte)' ':
                    at++;
                    continue;
                case (byte)'"':
                    at = Quoted(text, at + 1);
                    break;
                case (byte)'{':
                    if (!Utf8Parser.TryParse(text[(at + 1)..], out int length, out var digits) || !text[(at + 1 + digits)..].StartsWith("}\r\n"u8))
                        throw new FormatException($"No literal at {at}.");
                    at += digits + 4 + length;
                    break;
                default:
                    var end = text[at..].IndexOfAny(s_atomEnds);
                    if (end <= 0)
                        throw new FormatException($"No atom at {at}.");
                    at += end;
                    break;
            }
            counts.Push(counts.Pop() + 1);
        }
        throw new FormatException("The list has no end.");
    }

    private static int Quoted(ReadOnlySpan<byte> text, int at)
    {
        for (; text[at] != '"'; at++)
        {
            if (text[at] is (byte)'\r' or (byte)'\n' or 0 or > 0x7F)
                throw new FormatException($"A quoted string holds {text[at]} at {at}.");
            if (text[at] == '\\' && text[++at] is not ((byte)'"' or (byte)'\\'))
                throw new FormatException($"A quoted string escapes what needs none at {at}.");
        }
        return at + 1;
    }
}

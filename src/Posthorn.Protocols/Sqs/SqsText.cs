using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace Posthorn.Protocols.Sqs;

/// <summary>What text the protocol carries.</summary>
public static class SqsText
{
    /// <summary>What a body with other characters is answered.</summary>
    public const string AllowedCharacters =
        "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF";

    private static readonly SearchValues<byte> s_forbidden = SearchValues.Create([.. Enumerable.Range(0, 32).Where(b => b is not (9 or 10 or 13)).Select(b => (byte)b)]);

    private static readonly SearchValues<char> s_ids =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~");

    private static readonly SearchValues<char> s_names = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

    /// <summary>
    /// Whether bytes are UTF-8 of the characters that XML 1.0 knows: tab, line ends, and everything from the space on but U+FFFE and U+FFFF.
    /// </summary>
    public static bool IsAllowed(ReadOnlySpan<byte> text)
    {
        if (text.ContainsAny(s_forbidden) || !Utf8.IsValid(text))
            return false;
        // U+FFFE and U+FFFF are the only three-byte forms that begin with EF BF and end with BE or BF.
        for (var at = text.IndexOf((byte)0xEF); at >= 0 && at + 2 < text.Length;)
        {
            if (text[at + 1] == 0xBF && text[at + 2] >= 0xBE)
                return false;
            var next = text[(at + 3)..].IndexOf((byte)0xEF);
            at = next < 0 ? -1 : at + 3 + next;
        }
        return true;
    }

    /// <summary>Whether a text is a group or deduplication id: 1 to 128 letters, digits and punctuation of ASCII.</summary>
    public static bool IsId(string text) => text.Length is > 0 and <= 128 && !text.AsSpan().ContainsAnyExcept(s_ids);

    /// <summary>Whether a text is a queue's name, its <c>.fifo</c> included: 1 to 80 characters.</summary>
    public static bool IsQueueName(string text)
    {
        var name = text.EndsWith(".fifo", StringComparison.Ordinal) ? text.AsSpan(0, text.Length - 5) : text;
        return text.Length <= 80 && name.Length > 0 && !name.ContainsAnyExcept(s_names);
    }

    /// <summary>Whether a text names an entry of a batch: 1 to 80 letters, digits, hyphens and underscores.</summary>
    public static bool IsEntryId(string? text) => text is { Length: > 0 and <= 80 } && !text.AsSpan().ContainsAnyExcept(s_names);

    /// <summary>Whether a value parses as a number as attributes may be: a decimal of up to 38 digits, with an exponent perhaps.</summary>
    public static bool IsNumber(ReadOnlySpan<byte> value)
    {
        if (value.Length is 0 or > 160)
            return false;
        Span<char> text = stackalloc char[value.Length];
        var rest = (ReadOnlySpan<char>)text[..Encoding.ASCII.GetChars(value, text)];
        if (rest[0] is '+' or '-')
            rest = rest[1..];
        var exponent = rest.IndexOfAny('e', 'E');
        if (exponent >= 0)
        {
            var power = rest[(exponent + 1)..];
            if (power.Length > 0 && power[0] is '+' or '-')
                power = power[1..];
            if (power.Length is 0 or > 3 || power.ContainsAnyExceptInRange('0', '9'))
                return false;
            rest = rest[..exponent];
        }
        var dot = rest.IndexOf('.');
        var digits = dot < 0 ? rest.Length : rest.Length - 1;
        return digits is > 0 and <= 38 && !rest[..(dot < 0 ? rest.Length : dot)].ContainsAnyExceptInRange('0', '9')
            && (dot < 0 || !rest[(dot + 1)..].ContainsAnyExceptInRange('0', '9'));
    }
}

using System.Buffers;
using System.Text;

namespace Posthorn.Protocols.Mime;

/// <summary>Writes header fields: encoded words, folding (RFC 5322 2.2.3), and the refusal of what would be another field.</summary>
internal static class HeaderFolding
{
    /// <summary>Where lines are folded when they can be (RFC 5322 2.1.1).</summary>
    private const int ColumnMax = 78;

    /// <summary>Longest line in bytes without its end (RFC 5322 2.1.1).</summary>
    private const int LineBytesMax = 998;

    /// <summary>A longer word, with the white space before it, is encoded so that it can be folded.</summary>
    private const int WordCharsMax = 900;

    private static readonly SearchValues<char> Injected = SearchValues.Create("\r\n\0");

    private static readonly string[] AddressFields =
    [
        "From", "Sender", "Reply-To", "To", "Cc", "Bcc", "Resent-From", "Resent-Sender", "Resent-To", "Resent-Cc", "Resent-Bcc",
        "Disposition-Notification-To", "Errors-To",
    ];

    public static HeaderField Encode(string name, string text, string lineEnd)
    {
        Refuse(name, text);
        text = text.Trim(' ', '\t');
        if (!NeedsEncoding(text))
            return Fold(name, text, lineEnd);
        return Fold(name, IsAddressField(name) ? EncodeAddresses(text) : EncodeWords(text, ColumnMax - name.Length - 2), lineEnd);
    }

    public static HeaderField Raw(string name, string value, string lineEnd)
    {
        Refuse(name, value);
        return Fold(name, value.Trim(' ', '\t'), lineEnd);
    }

    /// <summary>A phrase or unstructured text with encoded words where they are needed; from the first word that needs it to the last.</summary>
    public static string EncodeWords(string text, int firstLengthMax = EncodedWord.LengthMax)
    {
        if (!NeedsEncoding(text))
            return text;
        int first = text.Length, last = 0;
        foreach (var (start, wordStart, end) in Words(text))
        {
            if (!NeedsEncoding(text.AsSpan(start, end - start)))
                continue;
            first = Math.Min(first, end - start > WordCharsMax ? 0 : wordStart);
            last = end;
        }
        return string.Concat(text.AsSpan(0, first), EncodedWord.Encode(text[first..last], firstLengthMax - first), text.AsSpan(last));
    }

    /// <summary>Whether text can't stand as it is: not ASCII, a control character, what looks like an encoded word, or too long for a line.</summary>
    public static bool NeedsEncoding(ReadOnlySpan<char> text)
    {
        foreach (var c in text)
            if (c is (< ' ' and not '\t') or >= '\x7f')
                return true;
        return text.IndexOf("=?") >= 0 || (text.Length > WordCharsMax && HasLongWord(text));
    }

    private static bool IsAddressField(string name) => AddressFields.Contains(name, StringComparer.OrdinalIgnoreCase);

    /// <summary>Addresses keep their places and only names are encoded; text in an address field that holds no address is treated as plain text.</summary>
    private static string EncodeAddresses(string text)
    {
        var list = AddressList.Parse(text);
        return list.Count == 0 ? EncodeWords(text) : string.Join(", ", list.Select(address => address.ToHeader()));
    }

    private static void Refuse(string name, string text)
    {
        if (!HeaderSyntax.IsName(Encoding.UTF8.GetBytes(name)))
            throw new ArgumentException($"'{name}' cannot name a header field: 1 to 77 printable ASCII characters without colon.", nameof(name));
        if (text.AsSpan().ContainsAny(Injected))
            throw new ArgumentException($"The value of the header field '{name}' holds a line end or NUL.", nameof(text));
    }

    private static HeaderField Fold(string name, string value, string lineEnd)
    {
        var field = new StringBuilder(name).Append(':');
        var column = field.Length;
        foreach (var (start, wordStart, end) in Words(value))
        {
            // The first word stays beside the name when it can: a first line without a value is legal, and trips old parsers.
            var length = Encoding.UTF8.GetByteCount(value.AsSpan(start, end - start)) + (start == 0 ? 1 : 0);
            if (column + length > (start == 0 ? LineBytesMax : ColumnMax))
            {
                field.Append(lineEnd);
                column = 0;
            }
            if (start == 0)
                field.Append(' ');
            field.Append(value, start, end - start);
            column += length;
            if (column > LineBytesMax)
                throw new ArgumentException($"The header field '{name}' holds a word that does not fit on a line of {LineBytesMax} bytes.", nameof(value));
        }
        field.Append(lineEnd);
        return new HeaderField(Encoding.UTF8.GetBytes(field.ToString()), name.Length);
    }

    private static bool HasLongWord(ReadOnlySpan<char> text)
    {
        while (!text.IsEmpty)
        {
            var word = text.IndexOfAnyExcept(' ', '\t');
            var end = word < 0 ? -1 : text[word..].IndexOfAny(' ', '\t');
            end = end < 0 ? text.Length : word + end;
            if (end > WordCharsMax)
                return true;
            text = text[end..];
        }
        return false;
    }

    /// <summary>The words of a text, each with the white space before it.</summary>
    private static IEnumerable<(int Start, int WordStart, int End)> Words(string text)
    {
        for (var start = 0; start < text.Length;)
        {
            var word = start;
            while (word < text.Length && text[word] is ' ' or '\t')
                word++;
            var end = word;
            while (end < text.Length && text[end] is not (' ' or '\t'))
                end++;
            yield return (start, word, end);
            start = end;
        }
    }
}

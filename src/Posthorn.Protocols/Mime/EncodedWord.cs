using System.Buffers;
using System.Text;

namespace Posthorn.Protocols.Mime;

/// <summary>Encoded words: text beyond ASCII in headers (RFC 2047).</summary>
public static class EncodedWord
{
    /// <summary>Longest encoded word (RFC 2047 2).</summary>
    public const int LengthMax = 75;

    private const string Opening = "=?utf-8?";

    /// <summary>What stands for itself in the Q encoding even inside a phrase (RFC 2047 5 (3)).</summary>
    private static readonly SearchValues<byte> QSafe =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/"u8);

    private static readonly SearchValues<char> CharsetSpecials = SearchValues.Create(" \t\"()<>@,;:/[]=");

    /// <summary>
    /// Decodes every encoded word in <paramref name="value"/>; white space between two of them goes (RFC 2047 6.2). What is no encoded word stays.
    /// Tolerant: words inside other text and characters cut between words of one charset are taken too. Line ends and NUL that a word hides become spaces.
    /// </summary>
    public static string Decode(string value)
    {
        if (!value.Contains("=?", StringComparison.Ordinal))
            return value;
        var text = new StringBuilder(value.Length);
        var pending = new ArrayBufferWriter<byte>(); // bytes of adjacent words in one charset
        string? charset = null;
        var position = 0;
        while (position < value.Length)
        {
            var start = value.IndexOf("=?", position, StringComparison.Ordinal);
            if (start < 0 || !TryRead(value, start, out var word))
            {
                var stop = start < 0 ? value.Length : start + 2;
                Flush();
                text.Append(value, position, stop - position);
                position = stop;
                continue;
            }
            var between = value.AsSpan(position, start - position);
            var joins = charset is not null && between.Trim(" \t").IsEmpty;
            if (!joins || !word.Charset.Equals(charset, StringComparison.OrdinalIgnoreCase))
                Flush();
            if (!joins)
                text.Append(between);
            charset = word.Charset;
            word.DecodeTo(value, pending);
            position = word.End;
        }
        Flush();
        return text.ToString();

        void Flush()
        {
            if (charset is null)
                return;
            var decoded = MimeCharset.Decode(pending.WrittenSpan, charset);
            foreach (var c in decoded)
                text.Append(c is '\r' or '\n' or '\0' ? ' ' : c);
            pending.ResetWrittenCount();
            charset = null;
        }
    }

    /// <summary>Encodes text as encoded words in UTF-8 with a space between them, each at most 75 characters; in the Q encoding, which people can read, unless that is a third longer.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="firstLengthMax">Longest first word: 40 to 75; less than 75 leaves room for the field's name.</param>
    public static string Encode(string text, int firstLengthMax = LengthMax)
    {
        var utf8 = Encoding.UTF8.GetByteCount(text);
        var isQ = EncodedLengthQ(text) <= utf8 * 4L / 3 * 4 / 3 + 1;
        var result = new StringBuilder(text.Length * 2);
        var bytes = new byte[LengthMax];
        int length = 0, cost = 0;
        var room = Math.Clamp(firstLengthMax, 40, LengthMax) - Opening.Length - 4;
        Span<byte> buffer = stackalloc byte[4];
        foreach (var rune in text.EnumerateRunes())
        {
            var one = buffer[..rune.EncodeToUtf8(buffer)];
            var added = isQ ? CostQ(one) : one.Length;
            if (isQ ? cost + added > room : (length + added + 2) / 3 * 4 > room)
                Close(result);
            one.CopyTo(bytes.AsSpan(length));
            length += one.Length;
            cost += added;
        }
        if (length > 0)
            Close(result);
        return result.ToString();

        void Close(StringBuilder to)
        {
            if (to.Length > 0)
                to.Append(' ');
            to.Append(Opening).Append(isQ ? 'q' : 'b').Append('?');
            if (isQ)
                AppendQ(to, bytes.AsSpan(0, length));
            else
                to.Append(Convert.ToBase64String(bytes, 0, length));
            to.Append("?=");
            length = cost = 0;
            room = LengthMax - Opening.Length - 4;
        }
    }

    private static int EncodedLengthQ(string text)
    {
        var length = 0;
        Span<byte> one = stackalloc byte[4];
        foreach (var rune in text.EnumerateRunes())
            length += CostQ(one[..rune.EncodeToUtf8(one)]);
        return length;
    }

    private static int CostQ(ReadOnlySpan<byte> bytes) =>
        bytes.Length == 1 && (QSafe.Contains(bytes[0]) || bytes[0] == ' ') ? 1 : 3 * bytes.Length;

    private static void AppendQ(StringBuilder to, ReadOnlySpan<byte> bytes)
    {
        foreach (var b in bytes)
        {
            if (b == ' ')
                to.Append('_');
            else if (QSafe.Contains(b))
                to.Append((char)b);
            else
                to.Append('=').Append(b.ToString("X2"));
        }
    }

    /// <summary>Reads <c>=?charset[*language]?encoding?text?=</c>.</summary>
    private static bool TryRead(string value, int start, out Word word)
    {
        word = default;
        var charsetEnd = value.IndexOf('?', start + 2);
        if (charsetEnd <= start + 2 || charsetEnd + 2 >= value.Length || value[charsetEnd + 2] != '?')
            return false;
        var encoding = char.ToUpperInvariant(value[charsetEnd + 1]);
        var textStart = charsetEnd + 3;
        var textEnd = value.IndexOf("?=", textStart, StringComparison.Ordinal);
        if (encoding is not ('B' or 'Q') || textEnd < 0)
            return false;
        var charset = value.AsSpan(start + 2, charsetEnd - start - 2);
        if (charset.ContainsAny(CharsetSpecials))
            return false;
        var language = charset.IndexOf('*'); // RFC 2231 5
        word = new Word((language < 0 ? charset : charset[..language]).ToString(), encoding == 'B', textStart, textEnd);
        return true;
    }

    private readonly record struct Word(string Charset, bool IsBase64, int TextStart, int TextEnd)
    {
        public int End => TextEnd + 2;

        public void DecodeTo(string value, ArrayBufferWriter<byte> to)
        {
            // Characters beyond Latin-1 cannot stand here legally; as UTF-8 they are kept rather than lost.
            var text = Encoding.UTF8.GetBytes(value, TextStart, TextEnd - TextStart);
            var span = to.GetSpan(text.Length + 3);
            var written = 0;
            if (IsBase64)
            {
                new Base64Decoding().Decode(text, span, isLast: true, out _, out written);
            }
            else
            {
                for (var i = 0; i < text.Length; i++)
                {
                    if (text[i] == '=' && i + 2 < text.Length && HexPair.TryRead(text.AsSpan(i + 1), out var b))
                        (span[written++], i) = (b, i + 2);
                    else
                        span[written++] = text[i] == '_' ? (byte)' ' : text[i];
                }
            }
            to.Advance(written);
        }
    }
}

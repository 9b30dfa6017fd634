using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Posthorn.Protocols.Smtp;

/// <summary>How ENVID, ORCPT and AUTH carry text in SMTP parameters (RFC 3461 4): <c>+XX</c> for what could be misread.</summary>
public static class Xtext
{
    /// <summary>Encodes printable ASCII text: everything but 33 to 126, and <c>+</c> and <c>=</c>, as <c>+XX</c>; other characters as their UTF-8 bytes.</summary>
    public static string Encode(string text)
    {
        var encoded = new StringBuilder(text.Length + 8);
        foreach (var b in Encoding.UTF8.GetBytes(text))
        {
            if (b is >= 33 and <= 126 and not (byte)'+' and not (byte)'=')
                encoded.Append((char)b);
            else
                encoded.Append('+').Append(b.ToString("X2"));
        }
        return encoded.ToString();
    }

    /// <summary>Decodes; false when the text is no xtext (a <c>=</c>, white space or control character, a <c>+</c> without two hexadecimal digits, bytes that are not UTF-8).</summary>
    /// <remarks>Lower-case digits are taken too, and characters beyond ASCII stand for themselves (SMTPUTF8 sessions send them, RFC 6533 3).</remarks>
    public static bool TryDecode(ReadOnlySpan<char> encoded, [NotNullWhen(true)] out string? text)
    {
        text = null;
        var bytes = new byte[Encoding.UTF8.GetMaxByteCount(encoded.Length)];
        var length = 0;
        for (var i = 0; i < encoded.Length; i++)
        {
            var c = encoded[i];
            if (c == '+')
            {
                if (encoded.Length - i < 3 || !byte.TryParse(encoded.Slice(i + 1, 2), System.Globalization.NumberStyles.AllowHexSpecifier, null, out bytes[length]))
                    return false;
                length++;
                i += 2;
            }
            else if (c is <= ' ' or '=' or '\x7f')
            {
                return false;
            }
            else if (c < 0x80)
            {
                bytes[length++] = (byte)c;
            }
            else
            {
                var width = char.IsHighSurrogate(c) && i + 1 < encoded.Length && char.IsLowSurrogate(encoded[i + 1]) ? 2 : 1;
                length += Encoding.UTF8.GetBytes(encoded.Slice(i, width), bytes.AsSpan(length));
                i += width - 1;
            }
        }
        var decoded = bytes.AsSpan(0, length);
        if (!System.Text.Unicode.Utf8.IsValid(decoded))
            return false;
        text = Encoding.UTF8.GetString(decoded);
        return true;
    }
}

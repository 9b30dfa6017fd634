using System.Text;

namespace Posthorn.Protocols.Imap.Mailboxes;

/// <summary>Modified UTF-7: how names of mailboxes beyond ASCII are written to clients that did not enable UTF-8 (RFC 3501 5.1.3).</summary>
public static class ModifiedUtf7
{
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";

    /// <summary>Encodes a name. Half a surrogate pair, which no name read here can hold, is written as it is.</summary>
    public static string Encode(string name)
    {
        if (!name.AsSpan().ContainsAnyExceptInRange(' ', '~') && !name.Contains('&', StringComparison.Ordinal))
            return name;
        var text = new StringBuilder(name.Length * 2);
        for (var at = 0; at < name.Length;)
        {
            var c = name[at];
            if (IsDirect(c))
            {
                text.Append(c == '&' ? "&-" : c.ToString());
                at++;
                continue;
            }
            text.Append('&');
            int bits = 0, value = 0;
            for (; at < name.Length && !IsDirect(name[at]); at++)
            {
                value = (value << 16) | name[at];
                for (bits += 16; bits >= 6; value &= (1 << bits) - 1)
                    text.Append(Alphabet[(value >> (bits -= 6)) & 63]);
            }
            if (bits > 0)
                text.Append(Alphabet[(value << (6 - bits)) & 63]);
            text.Append('-');
        }
        return text.ToString();
    }

    /// <summary>Decodes a name. Strict, so that one mailbox has one name: ASCII encoded, a needless shift, bits left over or half a surrogate pair is none.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> encoded, out string name)
    {
        name = "";
        var text = new StringBuilder(encoded.Length);
        var lastShiftEnd = -1;
        for (var at = 0; at < encoded.Length;)
        {
            var b = encoded[at++];
            if (b != '&')
            {
                if (b is < 0x20 or > 0x7E)
                    return false;
                text.Append((char)b);
                continue;
            }
            var length = encoded[at..].IndexOf((byte)'-');
            if (length < 0)
                return false;
            if (length == 0)
                text.Append('&');
            else if (lastShiftEnd == at - 1 || !TryShifted(encoded.Slice(at, length), text))
                return false;
            at += length + 1;
            lastShiftEnd = length == 0 ? -1 : at;
        }
        name = text.ToString();
        return true;
    }

    private static bool TryShifted(ReadOnlySpan<byte> shifted, StringBuilder text)
    {
        int bits = 0, value = 0;
        var isAfterHigh = false;
        foreach (var b in shifted)
        {
            var index = b < 0x80 ? Alphabet.IndexOf((char)b, StringComparison.Ordinal) : -1;
            if (index < 0)
                return false;
            value = (value << 6) | index;
            bits += 6;
            if (bits < 16)
                continue;
            bits -= 16;
            var c = (char)(value >> bits);
            value &= (1 << bits) - 1;
            if (IsDirect(c) || char.IsLowSurrogate(c) != isAfterHigh)
                return false;
            isAfterHigh = char.IsHighSurrogate(c);
            text.Append(c);
        }
        return bits < 6 && value == 0 && !isAfterHigh;
    }

    private static bool IsDirect(char c) => c is >= ' ' and <= '~';
}

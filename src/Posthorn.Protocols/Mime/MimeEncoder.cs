using System.Buffers;

namespace Posthorn.Protocols.Mime;

/// <summary>Makes bytes fit for transport (RFC 2045 6.7, 6.8); lines end in CRLF and have 76 characters at most.</summary>
public static class MimeEncoder
{
    private const int LineMax = 76;

    /// <summary>The encoding that leaves most readable: 7bit for short ASCII lines, else the shorter of quoted-printable and base64.</summary>
    public static TransferEncoding Choose(ReadOnlySpan<byte> bytes)
    {
        int escaped = 0, line = 0, lineMax = 0;
        var isPlain = true;
        foreach (var b in bytes)
        {
            line = b == '\n' ? 0 : line + 1;
            lineMax = Math.Max(lineMax, line);
            if (b is >= 127 or (< 32 and not (9 or 10 or 13)))
                (escaped, isPlain) = (escaped + 1, false);
        }
        if (isPlain && lineMax < 998 && !HasBareLineEnd(bytes))
            return TransferEncoding.SevenBit;
        return escaped * 6L > bytes.Length ? TransferEncoding.Base64 : TransferEncoding.QuotedPrintable;
    }

    /// <summary>Base64 in lines, a CRLF behind each.</summary>
    public static byte[] Base64(ReadOnlySpan<byte> bytes)
    {
        var text = new ArrayBufferWriter<byte>((bytes.Length / 57 + 1) * 78);
        while (!bytes.IsEmpty)
        {
            var line = bytes[..Math.Min(57, bytes.Length)];
            System.Buffers.Text.Base64.EncodeToUtf8(line, text.GetSpan(LineMax), out _, out var written);
            text.Advance(written);
            text.Write("\r\n"u8);
            bytes = bytes[line.Length..];
        }
        return text.WrittenSpan.ToArray();
    }

    /// <summary>Quoted-printable. CRLF stays a line end; every other control character, a bare CR or LF among them, is escaped, so any bytes come back as they were.</summary>
    public static byte[] QuotedPrintable(ReadOnlySpan<byte> bytes)
    {
        var text = new ArrayBufferWriter<byte>(bytes.Length + (bytes.Length / 8) + 16);
        var column = 0;
        for (var i = 0; i < bytes.Length; i++)
        {
            var b = bytes[i];
            if (b == '\r' && i + 1 < bytes.Length && bytes[i + 1] == '\n')
            {
                text.Write("\r\n"u8);
                (column, i) = (0, i + 1);
                continue;
            }
            var endsLine = i + 1 == bytes.Length || bytes[(i + 1)..].StartsWith("\r\n"u8);
            // A dot alone and "From " at a line's start are altered by some transports (RFC 2045 6.7, RFC 2049 3 (4), (8)).
            var isPlain = b is (>= 33 and <= 126 and not (byte)'=') || (b is (byte)' ' or (byte)'\t' && !endsLine);
            if (column == 0 && (b == '.' || (b == 'F' && bytes[i..].StartsWith("From "u8))))
                isPlain = false;
            var width = isPlain ? 1 : 3;
            if (column + width > (endsLine ? LineMax : LineMax - 1))
            {
                text.Write("=\r\n"u8);
                column = 0;
                i--;
                continue;
            }
            Write(text, b, isPlain);
            column += width;
        }
        return text.WrittenSpan.ToArray();
    }

    private static void Write(ArrayBufferWriter<byte> text, byte b, bool isPlain)
    {
        var span = text.GetSpan(3);
        span[0] = isPlain ? b : (byte)'=';
        if (!isPlain)
        {
            span[1] = (byte)"0123456789ABCDEF"[b >> 4];
            span[2] = (byte)"0123456789ABCDEF"[b & 15];
        }
        text.Advance(isPlain ? 1 : 3);
    }

    private static bool HasBareLineEnd(ReadOnlySpan<byte> bytes)
    {
        for (var i = 0; i < bytes.Length; i++)
        {
            if (bytes[i] == '\n' || (bytes[i] == '\r' && (i + 1 == bytes.Length || bytes[i + 1] != '\n')))
                return true;
            if (bytes[i] == '\r')
                i++;
        }
        return false;
    }
}

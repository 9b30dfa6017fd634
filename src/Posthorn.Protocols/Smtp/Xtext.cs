using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Posthorn.Protocols.Smtp;

/// <summary>The encoding of parameter values that may hold any character: <c>+</c> and two upper-case hexadecimal digits (RFC 3461 4).</summary>
public static class Xtext
{
    private static readonly UTF8Encoding s_strictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Decodes; false when the text is no xtext or what it stands for is no UTF-8 (RFC 6533 3 allows that beyond ASCII).</summary>
    /// <param name="encoded">The value as it stands in the command.</param>
    /// <param name="text">What it stands for.</param>
    public static bool TryDecode(ReadOnlySpan<byte> encoded, [NotNullWhen(true)] out string? text)
    {
        text = null;
        var bytes = ArrayPool<byte>.Shared.Rent(encoded.Length);
        try
        {
            var length = 0;
            for (var i = 0; i < encoded.Length; i++)
            {
                var b = encoded[i];
                if (b == '+')
                {
                    if (i + 2 >= encoded.Length || !TryHex(encoded[i + 1], out var high) || !TryHex(encoded[i + 2], out var low))
                        return false;
                    b = (byte)((high << 4) | low);
                    i += 2;
                }
                else if (b is < 0x21 or 0x7F or (byte)'=')
                {
                    return false;
                }
                bytes[length++] = b;
            }
            text = s_strictUtf8.GetString(bytes, 0, length);
            return true;
        }
        catch (DecoderFallbackException)
        {
            return false;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    /// <summary>Encodes; characters beyond ASCII as their UTF-8.</summary>
    public static string Encode(string text)
    {
        var encoded = new StringBuilder(text.Length + 8);
        foreach (var b in Encoding.UTF8.GetBytes(text))
        {
            if (b is > 0x20 and < 0x7F and not (byte)'+' and not (byte)'=')
                encoded.Append((char)b);
            else
                encoded.Append('+').Append(b.ToString("X2", System.Globalization.CultureInfo.InvariantCulture));
        }
        return encoded.ToString();
    }

    private static bool TryHex(byte digit, out int value)
    {
        // Upper case only: RFC 3461 4 says so, and a lower-case "+3d" is then an error here as everywhere else.
        value = digit switch { >= (byte)'0' and <= (byte)'9' => digit - '0', >= (byte)'A' and <= (byte)'F' => digit - 'A' + 10, _ => -1 };
        return value >= 0;
    }
}

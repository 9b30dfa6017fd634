using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Posthorn.Protocols.Sasl;

/// <summary>Names and passwords in exchanges: UTF-8 without NUL.</summary>
internal static class SaslText
{
    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static bool TryDecode(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out string? text)
    {
        text = null;
        if (bytes.Contains((byte)0))
            return false;
        try
        {
            text = s_strict.GetString(bytes);
            return true;
        }
        catch (DecoderFallbackException)
        {
            return false;
        }
    }
}

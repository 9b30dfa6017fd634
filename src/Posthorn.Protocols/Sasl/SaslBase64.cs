namespace Posthorn.Protocols.Sasl;

/// <summary>The framing of exchanges in line protocols (RFC 4954 4, RFC 5034 4): base64 in one line.</summary>
public static class SaslBase64
{
    /// <summary>A response: base64 as RFC 4648 4 has it, no white space within, padding complete.</summary>
    public static bool TryDecode(string text, out ReadOnlyMemory<byte> bytes)
    {
        bytes = default;
        var buffer = new byte[(text.Length / 4 * 3) + 3];
        if (text.AsSpan().ContainsAny(" \t\r\n") || !Convert.TryFromBase64String(text, buffer, out var length))
            return false;
        bytes = buffer.AsMemory(0, length);
        return true;
    }

    /// <summary>An initial response beside the mechanism's name: an equals sign is one without bytes; null is none.</summary>
    public static bool TryDecodeInitial(string? text, out ReadOnlyMemory<byte>? bytes)
    {
        bytes = null;
        if (text is null)
            return true;
        if (!TryDecode(text == "=" ? "" : text, out var decoded))
            return false;
        bytes = decoded;
        return true;
    }
}

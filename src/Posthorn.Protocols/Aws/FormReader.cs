namespace Posthorn.Protocols.Aws;

/// <summary>Takes a form (<c>application/x-www-form-urlencoded</c>) apart, decoding names and values where they stand.</summary>
/// <remarks>Decoded text is never longer than what it was encoded as, so the form's own bytes are room enough.</remarks>
public struct FormReader(Memory<byte> form)
{
    private Memory<byte> _rest = form;

    /// <summary>The next pair; false at the end. A pair without <c>=</c> has an empty value, an empty pair is passed over.</summary>
    public bool TryRead(out ReadOnlyMemory<byte> name, out ReadOnlyMemory<byte> value)
    {
        while (!_rest.IsEmpty)
        {
            var end = _rest.Span.IndexOf((byte)'&');
            var pair = end < 0 ? _rest : _rest[..end];
            _rest = end < 0 ? default : _rest[(end + 1)..];
            if (pair.IsEmpty)
                continue;
            var equals = pair.Span.IndexOf((byte)'=');
            name = Decode(equals < 0 ? pair : pair[..equals]);
            value = equals < 0 ? default : Decode(pair[(equals + 1)..]);
            return true;
        }
        (name, value) = (default, default);
        return false;
    }

    /// <summary>A plus is a space, <c>%XX</c> a byte; a per cent sign that begins no such pair stands for itself.</summary>
    private static ReadOnlyMemory<byte> Decode(Memory<byte> text)
    {
        var span = text.Span;
        var at = span.IndexOfAny((byte)'%', (byte)'+');
        if (at < 0)
            return text;
        var to = at;
        for (; at < span.Length; at++)
        {
            var b = span[at];
            if (b == '%' && at + 2 < span.Length && char.IsAsciiHexDigit((char)span[at + 1]) && char.IsAsciiHexDigit((char)span[at + 2]))
            {
                b = (byte)((Digit(span[at + 1]) << 4) | Digit(span[at + 2]));
                at += 2;
            }
            else if (b == '+')
            {
                b = (byte)' ';
            }
            span[to++] = b;
        }
        return text[..to];
    }

    private static int Digit(byte hex) => hex <= '9' ? hex - '0' : (hex | 0x20) - 'a' + 10;
}

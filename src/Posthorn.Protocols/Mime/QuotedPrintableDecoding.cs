namespace Posthorn.Protocols.Mime;

/// <summary>
/// Quoted-printable (RFC 2045 6.7), tolerant: a hyphenless <c>=</c> that no two digits follow stays; white space at a line's end goes (rule 3),
/// as far as it is no longer than a line may be.
/// </summary>
internal sealed class QuotedPrintableDecoding : ITransferDecoding
{
    private const int SpacesMax = 998;

    public void Decode(ReadOnlySpan<byte> source, Span<byte> destination, bool isLast, out int consumed, out int written)
    {
        consumed = written = 0;
        while (consumed < source.Length && written < destination.Length)
        {
            var rest = source[consumed..];
            var plain = rest.IndexOfAny((byte)'=', (byte)' ', (byte)'\t');
            if (plain != 0)
            {
                plain = Math.Min(plain < 0 ? rest.Length : plain, destination.Length - written);
                rest[..plain].CopyTo(destination[written..]);
                consumed += plain;
                written += plain;
                continue;
            }
            var step = rest[0] == '=' ? TakeEscape(rest, destination[written..], isLast) : TakeSpaces(rest, destination[written..], isLast);
            if (step.Consumed == 0)
                return;
            consumed += step.Consumed;
            written += step.Written;
        }
    }

    private static (int Consumed, int Written) TakeEscape(ReadOnlySpan<byte> rest, Span<byte> destination, bool isLast)
    {
        if (rest.Length >= 3 && HexPair.TryRead(rest[1..], out destination[0]))
            return (3, 1);
        // A soft line break, perhaps with white space that a transport added before the line end.
        var end = rest[1..].IndexOfAnyExcept((byte)' ', (byte)'\t') + 1;
        if (end == 0 || (rest[end] == '\r' && end + 1 == rest.Length))
        {
            if (!isLast && rest.Length < SpacesMax)
                return default;
            if (isLast)
                return (rest.Length, 0);
        }
        else if (rest[end] == '\n')
        {
            return (end + 1, 0);
        }
        else if (rest[end] == '\r' && rest[end + 1] == '\n')
        {
            return (end + 2, 0);
        }
        else if (rest.Length < 3 && !isLast)
        {
            return default;
        }
        destination[0] = (byte)'=';
        return (1, 1);
    }

    private static (int Consumed, int Written) TakeSpaces(ReadOnlySpan<byte> rest, Span<byte> destination, bool isLast)
    {
        var length = rest.IndexOfAnyExcept((byte)' ', (byte)'\t');
        if (length < 0)
        {
            if (!isLast && rest.Length < SpacesMax)
                return default; // the line may end here
            length = rest.Length;
            if (isLast && length <= SpacesMax)
                return (length, 0);
        }
        else if (length <= SpacesMax && (rest[length] == '\n' || (rest[length] == '\r' && (length + 1 == rest.Length ? isLast : rest[length + 1] == '\n'))))
        {
            return (length, 0);
        }
        else if (rest[length] == '\r' && length + 1 == rest.Length && length <= SpacesMax)
        {
            return default;
        }
        length = Math.Min(length, destination.Length);
        rest[..length].CopyTo(destination);
        return (length, length);
    }
}

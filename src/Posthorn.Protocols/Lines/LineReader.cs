using System.Buffers;

namespace Posthorn.Protocols.Lines;

/// <summary>
/// Cuts what comes into lines. Only CRLF ends a line (RFC 5321 2.3.8): with anything else, two servers could see different commands in the same bytes.
/// Of a line that is too long no more than the limit is ever waited for; the rest of it is thrown away as it comes.
/// </summary>
public sealed class LineReader
{
    private bool _isSkipping;

    /// <summary>Takes a line from the start of <paramref name="buffer"/>, which is moved behind what was consumed.</summary>
    /// <param name="buffer">What has come and is not consumed.</param>
    /// <param name="lineBytesMax">Longest line, in bytes including CRLF.</param>
    /// <param name="line">The line without its CRLF.</param>
    public LineStatus Read(ref ReadOnlySequence<byte> buffer, int lineBytesMax, out ReadOnlySequence<byte> line)
    {
        var reader = new SequenceReader<byte>(buffer);
        if (reader.TryReadTo(out line, "\r\n"u8))
        {
            buffer = reader.UnreadSequence;
            var isTooLong = _isSkipping || line.Length + 2 > lineBytesMax;
            _isSkipping = false;
            return isTooLong ? LineStatus.TooLong : LineStatus.Complete;
        }
        if (_isSkipping || buffer.Length >= lineBytesMax)
        {
            _isSkipping = true;
            // A CR at the very end may be the first half of the line's end.
            var endsWithCr = !buffer.IsEmpty && buffer.Slice(buffer.Length - 1).FirstSpan[0] == (byte)'\r';
            buffer = buffer.Slice(endsWithCr ? buffer.Length - 1 : buffer.Length);
        }
        return LineStatus.Incomplete;
    }
}

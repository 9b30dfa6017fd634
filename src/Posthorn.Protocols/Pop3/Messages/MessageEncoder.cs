using System.Buffers;

namespace Posthorn.Protocols.Pop3.Messages;

/// <summary>
/// Writes a message as the text behind RETR and TOP: every line ends with CRLF, one that begins with a dot gets another in front (RFC 1939 3), the end is
/// a dot on its own line. Takes the message in slices of any size. With <c>bodyLinesMax</c> it ends after the header, the blank line and so many lines.
/// </summary>
/// <remarks>
/// A bare LF becomes CRLF and is a line's end: many clients take it for one, so a line of one dot behind it would end the message for them, and what
/// follows would be taken for our answers. Bytes of a bare CR pass. A last line without an end gets one. Else the bytes pass as they are.
/// </remarks>
public struct MessageEncoder
{
    private static readonly SearchValues<byte> s_lineEnds = SearchValues.Create("\r\n"u8);

    private readonly int _bodyLinesMax;
    private int _bodyLines;
    private bool _isInBody;
    private bool _isInLine; // something of the line has come
    private bool _isAfterCr;

    /// <summary>A whole message.</summary>
    public MessageEncoder() => _bodyLinesMax = int.MaxValue;

    /// <summary>The header, the blank line and the first lines of the body (TOP).</summary>
    public MessageEncoder(int bodyLinesMax) => _bodyLinesMax = bodyLinesMax;

    /// <summary>Whether nothing more is wanted: the end can be written.</summary>
    public readonly bool IsComplete => _isInBody && !_isInLine && !_isAfterCr && _bodyLines >= _bodyLinesMax;

    /// <summary>Writes one slice of the message; what is beyond the last line wanted is left out.</summary>
    public void Write(ReadOnlySpan<byte> content, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        while (!content.IsEmpty && !IsComplete)
        {
            if (_isAfterCr)
            {
                _isAfterCr = false;
                if (content[0] == (byte)'\n')
                {
                    EndLine("\r\n"u8, output);
                    content = content[1..];
                    continue;
                }
                output.Write("\r"u8);
                _isInLine = true;
            }
            if (!_isInLine && content[0] == (byte)'.')
                output.Write("."u8);
            var length = content.IndexOfAny(s_lineEnds);
            var text = length < 0 ? content : content[..length];
            output.Write(text);
            _isInLine |= !text.IsEmpty;
            content = content[text.Length..];
            if (content.IsEmpty)
                return;
            if (content[0] == (byte)'\r')
                _isAfterCr = true;
            else
                EndLine("\r\n"u8, output);
            content = content[1..];
        }
    }

    /// <summary>Writes the end.</summary>
    public readonly void End(IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        if (_isAfterCr || _isInLine)
            output.Write("\r\n"u8); // a CR at the very end becomes one
        output.Write(".\r\n"u8);
    }

    private void EndLine(ReadOnlySpan<byte> end, IBufferWriter<byte> output)
    {
        output.Write(end);
        if (_isInBody)
            _bodyLines++;
        else if (!_isInLine)
            _isInBody = true; // the blank line
        _isInLine = false;
    }
}

using System.Buffers;

namespace Posthorn.Protocols.Smtp.Data;

/// <summary>
/// Reads a mail as DATA sends it (RFC 5321 4.5.2): takes off the dots that were put in front of lines, and finds the end. Only CRLF.CRLF ends a mail,
/// where the first CRLF may be the one that ended the DATA line. A CR or LF alone is content and never the end of a line, so nothing that
/// another server takes for the end of a mail is hidden in one.
/// </summary>
/// <remarks>
/// A state machine over the bytes: it may stop at any byte and go on in the next piece, allocates nothing and holds back at most a dot and a CR.
/// Runs of lines without leading dots are copied whole.
/// </remarks>
public sealed class DataReader
{
    private State _state = State.LineStart;

    private enum State
    {
        /// <summary>Behind CRLF, or nothing has come.</summary>
        LineStart,
        /// <summary>Within a line.</summary>
        Text,
        /// <summary>Behind a CR, which has been passed on.</summary>
        Cr,
        /// <summary>Behind a dot at the start of a line, which is held back.</summary>
        Dot,
        /// <summary>Behind dot and CR at the start of a line, both held back.</summary>
        DotCr,
        Complete,
    }

    /// <summary>Whether the end was found.</summary>
    public bool IsComplete => _state == State.Complete;

    /// <summary>Whether a CR or LF that does not stand in CRLF has come.</summary>
    public bool HasBareNewline { get; private set; }

    /// <summary>Bytes of content so far, without the dots taken off and without the end's <c>.CRLF</c>.</summary>
    public long Length { get; private set; }

    /// <summary>Reads up to the end of the mail or of what has come.</summary>
    /// <param name="input">What has come and is not consumed; it is moved behind what was, and after the end what is left belongs to the next command.</param>
    /// <param name="output">Takes the content; null throws it away.</param>
    public void Read(ref ReadOnlySequence<byte> input, IBufferWriter<byte>? output)
    {
        long consumed = 0;
        foreach (var piece in input)
        {
            consumed += Read(piece.Span, output);
            if (IsComplete)
                break;
        }
        input = input.Slice(consumed);
    }

    /// <summary>Reads one piece; returns how many bytes of it were consumed, which is all of it except at the end of the mail.</summary>
    private int Read(ReadOnlySpan<byte> piece, IBufferWriter<byte>? output)
    {
        var runStart = 0; // what lies between here and i is content that has not been copied yet
        var i = 0;
        while (i < piece.Length)
        {
            var b = piece[i];
            switch (_state)
            {
                case State.Text:
                    var next = piece[i..].IndexOfAny((byte)'\r', (byte)'\n');
                    if (next < 0)
                    {
                        i = piece.Length;
                        break;
                    }
                    i += next + 1;
                    if (piece[i - 1] == '\r')
                        _state = State.Cr;
                    else
                        HasBareNewline = true;
                    break;

                case State.Cr when b == '\n':
                    _state = State.LineStart;
                    i++;
                    break;

                case State.Cr:
                    HasBareNewline = true;
                    _state = State.Text; // looked at again there
                    break;

                case State.LineStart when b == '.':
                    Pass(piece[runStart..i], output);
                    _state = State.Dot;
                    i++;
                    runStart = i;
                    break;

                case State.LineStart:
                    _state = State.Text;
                    break;

                case State.Dot when b == '\r':
                    _state = State.DotCr;
                    i++;
                    runStart = i;
                    break;

                case State.Dot: // a dot that was put there: it goes, what follows is text, another dot too
                    _state = State.Text;
                    if (b == '.')
                        i++;
                    break;

                case State.DotCr when b == '\n':
                    _state = State.Complete;
                    return i + 1;

                case State.DotCr: // the dot goes, the CR was content and is bare
                    Pass("\r"u8, output);
                    HasBareNewline = true;
                    _state = State.Text;
                    break;
            }
        }
        Pass(piece[runStart..i], output);
        return i;
    }

    private void Pass(ReadOnlySpan<byte> content, IBufferWriter<byte>? output)
    {
        Length += content.Length;
        if (output is not null && !content.IsEmpty)
            output.Write(content);
    }
}

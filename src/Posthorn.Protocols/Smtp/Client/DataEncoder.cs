using System.Buffers;

namespace Posthorn.Protocols.Smtp.Client;

/// <summary>
/// Writes content as the text after DATA: a dot that begins a line is doubled (RFC 5321 4.5.2), and the end is <c>CRLF . CRLF</c>.
/// Takes the content in slices of any size; everything else passes as it is.
/// </summary>
/// <remarks>
/// Content that does not end with CRLF gets one: DATA has no other way to end, so only BDAT carries such content byte for byte.
/// Content with a line of a single dot that is bounded by a bare CR or LF is refused (<see cref="TryWrite"/> is false): servers disagree whether it ends the mail
/// ("SMTP smuggling"), so what follows could be taken for commands. BDAT carries it safely.
/// </remarks>
public struct DataEncoder
{
    // What came before the next byte, as far as it matters. "Bare" is a CR or LF alone, which some servers take for the end of a line.
    private enum State : byte
    {
        LineStart,
        Text,
        Cr,
        BareStart,
        BareDot,
        BareDotCr,
    }

    private static readonly SearchValues<byte> s_lineEnds = SearchValues.Create("\r\n"u8);

    private State _state;

    /// <summary>Writes one slice of the content.</summary>
    /// <returns>False when the content can't be sent safely with DATA; what was written so far must not be ended with a dot.</returns>
    public bool TryWrite(ReadOnlySpan<byte> content, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        while (!content.IsEmpty)
        {
            if (_state == State.Text && PlainLength(content) is > 0 and var length)
            {
                output.Write(content[..length]);
                content = content[length..];
                continue;
            }

            var b = content[0];
            content = content[1..];
            var span = output.GetSpan(2);
            span[0] = b;
            var isDoubled = _state == State.LineStart && b == (byte)'.';
            if (isDoubled)
                span[1] = (byte)'.';
            output.Advance(isDoubled ? 2 : 1);
            switch (_state, b)
            {
                case (State.Cr, (byte)'\n'):
                    _state = State.LineStart;
                    break;
                case (State.Cr or State.BareStart, (byte)'.'):
                    _state = State.BareDot;
                    break;
                case (State.BareDot, (byte)'\n') or (State.BareDotCr, _):
                    return false;
                case (State.BareDot, (byte)'\r'):
                    _state = State.BareDotCr;
                    break;
                case (_, (byte)'\r'):
                    _state = State.Cr;
                    break;
                case (_, (byte)'\n'):
                    _state = State.BareStart;
                    break;
                default:
                    _state = State.Text;
                    break;
            }
        }

        return true;
    }

    // How many bytes pass as they are and leave the state at Text: whole lines too, so that a 64 KiB slice is one copy and not a thousand.
    private static int PlainLength(ReadOnlySpan<byte> content)
    {
        var length = 0;
        while (content[length..].IndexOfAny(s_lineEnds) is >= 0 and var at)
        {
            var end = length + at;
            if (end + 2 >= content.Length || content[end] != (byte)'\r' || content[end + 1] != (byte)'\n' || content[end + 2] is (byte)'.' or (byte)'\r' or (byte)'\n')
                return end;
            length = end + 3;
        }

        return content.Length;
    }

    /// <summary>Writes the end.</summary>
    /// <returns>False when the content can't be sent safely with DATA.</returns>
    public bool TryEnd(IBufferWriter<byte> output)
    {
        switch (_state)
        {
            case State.LineStart:
                output.Write(".\r\n"u8);
                return true;
            case State.BareDot or State.BareDotCr:
                return false;
            default:
                output.Write("\r\n.\r\n"u8);
                return true;
        }
    }
}

using System.Buffers.Text;
using System.Text;

namespace Posthorn.Protocols.Smtp.Client;

/// <summary>
/// Takes the replies of a server from its bytes, one at a time, multi-line ones whole (RFC 5321 4.2).
/// </summary>
/// <remarks>
/// Lenient where servers are wrong without doubt about the meaning (a lone LF, a code without text, bytes that are no UTF-8); strict where meaning would be guessed:
/// no three digits, codes that change from line to line, or more than the limits are a <see cref="SmtpProtocolException"/>, after which the connection is of no use.
/// </remarks>
public sealed class SmtpReplyReader
{
    /// <summary>Longest line taken, in bytes. RFC 5321 4.5.3.1.5 says 512; servers with long explanations exceed it.</summary>
    public const int LineBytesMax = 4_096;

    /// <summary>Most lines of one reply: an EHLO of the longest kind has about 30.</summary>
    public const int LinesMax = 128;

    private readonly StringBuilder _text = new();
    private int _lines;
    private int _code;
    private EnhancedStatusCode? _status;

    /// <summary>Whether part of a multi-line reply has been taken and its end has not.</summary>
    public bool IsInReply => _lines > 0;

    /// <summary>Takes a reply from the front of <paramref name="bytes"/>, as far as they reach.</summary>
    /// <param name="bytes">What came from the server and was not consumed yet.</param>
    /// <param name="consumed">How many of them are done with, also when no reply is complete.</param>
    /// <param name="reply">The reply when one is complete.</param>
    /// <returns>Whether a reply is complete; otherwise call again with more bytes behind those not consumed.</returns>
    /// <exception cref="SmtpProtocolException">This is no SMTP reply.</exception>
    public bool TryRead(ReadOnlySpan<byte> bytes, out int consumed, out SmtpReply? reply)
    {
        consumed = 0;
        reply = null;
        while (true)
        {
            var rest = bytes[consumed..];
            var lf = rest.IndexOf((byte)'\n');
            if (lf < 0)
            {
                if (rest.Length > LineBytesMax)
                    throw new SmtpProtocolException($"A reply's line is longer than {LineBytesMax} bytes.");
                return false;
            }

            var line = rest[..lf];
            consumed += lf + 1;
            if (line.EndsWith((byte)'\r'))
                line = line[..^1];
            if (!TakeLine(line))
                continue;
            reply = new SmtpReply(_code, _status, _text.ToString());
            _text.Clear();
            (_lines, _code, _status) = (0, 0, null);
            return true;
        }
    }

    // Whether the line is the reply's last.
    private bool TakeLine(ReadOnlySpan<byte> line)
    {
        if (line.Length > LineBytesMax)
            throw new SmtpProtocolException($"A reply's line is longer than {LineBytesMax} bytes.");
        if (line.Length < 3 || !Utf8Parser.TryParse(line[..3], out int code, out var digits) || digits != 3 || code is < 200 or > 599
            || (line.Length > 3 && line[3] is not ((byte)' ' or (byte)'-')))
            throw new SmtpProtocolException($"The server said something that is no SMTP reply: \"{Printable(line)}\".");
        if (_lines == 0)
            _code = code;
        else if (code != _code)
            throw new SmtpProtocolException($"The code of a reply changes from {_code} to {code} within its lines.");
        if (++_lines > LinesMax)
            throw new SmtpProtocolException($"A reply has more than {LinesMax} lines.");

        var text = line.Length > 4 ? Printable(line[4..]).AsSpan() : [];
        if (EnhancedStatusCode.TryParse(text, out var status, out var after) && status.Class == code / 100 && (_lines == 1 || status == _status))
        {
            _status = status;
            text = after;
        }

        if (_lines > 1)
            _text.Append('\n');
        _text.Append(text);
        return line.Length == 3 || line[3] == (byte)' ';
    }

    // The text goes to logs, bounces and terminals: nothing in it may steer those.
    private static string Printable(ReadOnlySpan<byte> bytes)
    {
        var text = Encoding.UTF8.GetString(bytes.Length > 512 ? bytes[..512] : bytes);
        return text.AsSpan().ContainsAnyInRange('\0', '\x1f') || text.Contains('\x7f', StringComparison.Ordinal)
            ? string.Create(text.Length, text, static (span, source) =>
            {
                for (var i = 0; i < span.Length; i++)
                    span[i] = char.IsControl(source[i]) ? '?' : source[i];
            })
            : text;
    }
}

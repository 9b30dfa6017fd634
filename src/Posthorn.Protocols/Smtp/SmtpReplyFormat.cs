using System.Buffers;
using System.Globalization;
using System.Text;

namespace Posthorn.Protocols.Smtp;

/// <summary>Replies as they go over the wire (RFC 5321 4.2).</summary>
public static class SmtpReplyFormat
{
    /// <summary>Writes a reply, one line for each line of its text, all but the last with a hyphen behind the code; each repeats the status (RFC 2034 4).</summary>
    public static void Write(IBufferWriter<byte> output, SmtpReply reply)
    {
        Span<char> status = stackalloc char[16];
        var statusLength = 0;
        if (reply.Status is { } s)
        {
            status.TryWrite(CultureInfo.InvariantCulture, $"{s.Class}.{s.Subject}.{s.Detail} ", out statusLength);
        }
        var rest = reply.Text.AsSpan();
        for (var isLast = false; !isLast;)
        {
            var end = rest.IndexOf('\n');
            isLast = end < 0;
            var text = isLast ? rest : rest[..end];
            WriteLine(output, reply.Code, isLast, status[..statusLength], text);
            rest = isLast ? default : rest[(end + 1)..];
        }
    }

    private static void WriteLine(IBufferWriter<byte> output, int code, bool isLast, ReadOnlySpan<char> status, ReadOnlySpan<char> text)
    {
        var line = output.GetSpan(4 + status.Length + Encoding.UTF8.GetMaxByteCount(text.Length) + 2);
        line[0] = (byte)('0' + (code / 100));
        line[1] = (byte)('0' + (code / 10 % 10));
        line[2] = (byte)('0' + (code % 10));
        line[3] = isLast ? (byte)' ' : (byte)'-';
        var length = 4;
        length += Encoding.UTF8.GetBytes(status, line[length..]);
        length += Encoding.UTF8.GetBytes(text, line[length..]);
        line[length++] = (byte)'\r';
        line[length++] = (byte)'\n';
        output.Advance(length);
    }
}

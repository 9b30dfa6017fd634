using System.Buffers;

namespace Posthorn.Server.Operate.Admin.Sending;

/// <summary>
/// Sees a mail on its way into the engine: keeps the start, where its header is, and ends every line with CRLF, since programs write
/// mails with LF alone and SMTP has no such line (RFC 5321 2.3.8).
/// </summary>
internal sealed class MailUpload(int headerBytesMax)
{
    private readonly ArrayBufferWriter<byte> _start = new();
    private bool _endsWithReturn;

    /// <summary>The first bytes as written, up to the limit.</summary>
    public ReadOnlyMemory<byte> Start => _start.WrittenMemory;

    public void Take(ReadOnlySpan<byte> bytes, IBufferWriter<byte> to)
    {
        while (!bytes.IsEmpty)
        {
            var end = bytes.IndexOf((byte)'\n');
            var line = end < 0 ? bytes : bytes[..end];
            Write(line, to);
            if (!line.IsEmpty)
                _endsWithReturn = line[^1] == '\r';
            if (end < 0)
                return;
            Write(_endsWithReturn ? "\n"u8 : "\r\n"u8, to);
            _endsWithReturn = false;
            bytes = bytes[(end + 1)..];
        }
    }

    private void Write(ReadOnlySpan<byte> bytes, IBufferWriter<byte> to)
    {
        to.Write(bytes);
        var room = headerBytesMax - _start.WrittenCount;
        if (room > 0)
            _start.Write(bytes.Length <= room ? bytes : bytes[..room]);
    }
}

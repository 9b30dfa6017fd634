using Posthorn.Protocols.Imap.Commands;
using Posthorn.Protocols.Imap.Responses;

namespace Posthorn.Server.Retrieve.Imap;

/// <content>TLS (RFC 9051 6.2.1, RFC 8314) and COMPRESS (RFC 4978).</content>
internal sealed partial class ImapSession
{
    private ImapReply? StartTlsRefusal()
    {
        if (Connection.Tls is not null)
            return SessionReplies.TlsAlready;
        if (_context.Tls is null)
            return SessionReplies.NoTls;
        return _context.Tls() is null ? SessionReplies.TlsUnavailable : null;
    }

    private async ValueTask<bool> StartTlsAsync()
    {
        var fault = _context.Tls?.Invoke() is { } options ? await Connection.StartTlsAsync(options) : "there is no certificate";
        if (fault is not null)
        {
            ImapLog.TlsFailed(_context.Logger, _peer, fault);
            return false;
        }
        WriteToConnection();
        return true;
    }

    private ImapReply? CompressionRefusal(ImapCommand.Compress compress)
    {
        if (!Options.Compresses || compress.Algorithm != "DEFLATE")
            return ImapReply.No("There is no such compression.");
        return Connection.IsCompressed ? ImapReply.No("DEFLATE is active already.", ResponseCodes.CompressionActive) : null;
    }

    private async ValueTask BeginCompressionAsync()
    {
        await Connection.CompressAsync();
        WriteToConnection();
    }

    /// <summary>The connection's output is another one now.</summary>
    private void WriteToConnection() => _writer = new ImapWriter(Connection.Output) { IsUtf8 = _writer.IsUtf8 };
}

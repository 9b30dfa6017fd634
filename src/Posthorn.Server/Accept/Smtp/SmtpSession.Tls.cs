using Posthorn.Protocols.Smtp;
using Posthorn.Protocols.Smtp.Commands;
using Posthorn.Protocols.Smtp.Session;

namespace Posthorn.Server.Accept.Smtp;

/// <summary>TLS: STARTTLS (RFC 3207) and from the first byte (RFC 8314).</summary>
internal sealed partial class SmtpSession
{
    private async ValueTask StartTlsByCommandAsync()
    {
        if (_connection.Tls is not null || _context.Tls is null)
        {
            await RefuseAsync(SmtpVerb.StartTls, _connection.Tls is null ? SmtpReplies.NotImplemented : SmtpReplies.TlsAlready);
            return;
        }
        if (_context.Tls() is not { } options)
        {
            Reply(SmtpReplies.TlsNotAvailable);
            return;
        }
        _connection.DropClearText();
        Reply(SmtpReplies.ReadyForTls);
        // Nothing said before counts any more (RFC 3207 4.2).
        _hello = "";
        _account = null;
        var failure = await _connection.StartTlsAsync(options);
        _state = failure is null ? SmtpState.Connected : SmtpState.Closed;
        if (failure is not null)
            LogTlsFailed(_context.Logger, _peer, failure);
    }

    private async ValueTask<bool> StartTlsAsync()
    {
        var failure = _context.Tls?.Invoke() is { } options ? await _connection.StartTlsAsync(options) : "there is no certificate";
        if (failure is not null)
            LogTlsFailed(_context.Logger, _peer, failure);
        return failure is null;
    }
}

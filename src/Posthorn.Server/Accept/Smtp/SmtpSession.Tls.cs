using System.IO.Pipelines;
using System.Net.Security;
using System.Security.Authentication;
using Posthorn.Protocols.Smtp;
using Posthorn.Protocols.Smtp.Session;

namespace Posthorn.Server.Accept.Smtp;

/// <summary>TLS: STARTTLS (RFC 3207) and from the first byte (RFC 8314).</summary>
internal sealed partial class SmtpSession
{
    /// <summary>How long a handshake may take; Kestrel allows 10 seconds, mail comes over slower lines.</summary>
    private static readonly TimeSpan s_handshakeTimeMax = TimeSpan.FromSeconds(30);

    private SslStream? _tls;

    private async ValueTask StartTlsByCommandAsync()
    {
        if (_tls is not null || _context.Tls is null)
        {
            await RefuseAsync(Protocols.Smtp.Commands.SmtpVerb.StartTls, _tls is null ? SmtpReplies.NotImplemented : SmtpReplies.TlsAlready);
            return;
        }
        if (_context.Tls() is not { } options)
        {
            Reply(SmtpReplies.TlsNotAvailable);
            return;
        }
        // Whatever was sent behind STARTTLS came in the clear, from whomever: it must not be taken for something said within TLS (CVE-2011-0411).
        // Before the answer, behind which the handshake comes as fast as it can.
        while (_input.TryRead(out var clear))
        {
            _input.AdvanceTo(clear.Buffer.End);
            if (clear.IsCompleted || clear.IsCanceled)
                break;
        }
        Reply(SmtpReplies.ReadyForTls);
        SetDeadline(s_handshakeTimeMax);
        await _output.FlushAsync();
        // Nothing said before counts any more (RFC 3207 4.2).
        _hello = "";
        _account = null;
        _state = await HandshakeAsync(options) ? SmtpState.Connected : SmtpState.Closed;
    }

    private async ValueTask<bool> StartTlsAsync()
    {
        if (_context.Tls?.Invoke() is { } options)
            return await HandshakeAsync(options);
        LogTlsFailed(_context.Logger, _peer, "there is no certificate");
        return false;
    }

    private async ValueTask<bool> HandshakeAsync(SslServerAuthenticationOptions options)
    {
        SetDeadline(s_handshakeTimeMax);
        var tls = new SslStream(new DuplexPipeStream(_input, _output), leaveInnerStreamOpen: false);
        try
        {
            await tls.AuthenticateAsServerAsync(options);
        }
        catch (Exception e) when (e is AuthenticationException or IOException or OperationCanceledException)
        {
            LogTlsFailed(_context.Logger, _peer, e.Message);
            await tls.DisposeAsync();
            return false;
        }
        ClearDeadline();
        _tls = tls;
        // Reads of zero bytes wait without holding a buffer.
        Volatile.Write(ref _input, PipeReader.Create(tls, new StreamPipeReaderOptions(leaveOpen: true, useZeroByteReads: true)));
        Volatile.Write(ref _output, PipeWriter.Create(tls, new StreamPipeWriterOptions(leaveOpen: true)));
        return true;
    }

    private async ValueTask EndTlsAsync()
    {
        if (_tls is null)
            return;
        await _input.CompleteAsync();
        await _output.CompleteAsync(new OperationCanceledException()); // what was not flushed goes nowhere any more
        await _tls.DisposeAsync();
    }
}

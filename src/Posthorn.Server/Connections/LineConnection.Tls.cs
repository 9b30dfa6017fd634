using System.IO.Pipelines;
using System.Net.Security;
using System.Security.Authentication;

namespace Posthorn.Server.Connections;

/// <content>TLS: by a command (RFC 3207, RFC 2595) and from the first byte (RFC 8314).</content>
internal sealed partial class LineConnection
{
    /// <summary>How long a handshake may take; Kestrel allows 10 seconds, mail comes over slower lines.</summary>
    private static readonly TimeSpan s_handshakeTimeMax = TimeSpan.FromSeconds(30);

    /// <summary>The TLS that the connection speaks; null while it is in the clear.</summary>
    public SslStream? Tls { get; private set; }

    /// <summary>
    /// Throws away whatever was sent behind the command that starts TLS: it came in the clear, from whomever, and must not be taken for something said
    /// within TLS (CVE-2011-0411). To be called before the command's answer, behind which the handshake comes as fast as it can.
    /// </summary>
    public void DropClearText()
    {
        while (_input.TryRead(out var clear))
        {
            _input.AdvanceTo(clear.Buffer.End);
            if (clear.IsCompleted || clear.IsCanceled)
                break;
        }
    }

    /// <summary>Sends what was said in the clear and does the handshake.</summary>
    /// <returns>Null when the connection is encrypted; otherwise why it is not, and it is over.</returns>
    public async ValueTask<string?> StartTlsAsync(SslServerAuthenticationOptions options)
    {
        SetDeadline(s_handshakeTimeMax);
        if (_output.UnflushedBytes > 0)
            await _output.FlushAsync();
        var tls = new SslStream(new DuplexPipeStream(_input, _output), leaveInnerStreamOpen: false);
        try
        {
            await tls.AuthenticateAsServerAsync(options);
        }
        catch (Exception e) when (e is AuthenticationException or IOException or OperationCanceledException)
        {
            await tls.DisposeAsync();
            return e.Message;
        }
        ClearDeadline();
        Tls = tls;
        // Reads of zero bytes wait without holding a buffer.
        Volatile.Write(ref _input, PipeReader.Create(tls, new StreamPipeReaderOptions(leaveOpen: true, useZeroByteReads: true)));
        Volatile.Write(ref _output, PipeWriter.Create(tls, new StreamPipeWriterOptions(leaveOpen: true)));
        return null;
    }

    /// <summary>Ends compression and TLS; the pipes below stay their owner's.</summary>
    public async ValueTask DisposeAsync()
    {
        await EndCompressionAsync();
        if (Tls is null)
            return;
        await _input.CompleteAsync();
        await _output.CompleteAsync(new OperationCanceledException()); // what was not flushed goes nowhere any more
        await Tls.DisposeAsync();
    }
}

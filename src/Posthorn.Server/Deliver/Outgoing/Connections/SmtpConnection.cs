using System.Buffers;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Posthorn.Protocols.Smtp;
using Posthorn.Protocols.Smtp.Client;

namespace Posthorn.Server.Deliver.Outgoing.Connections;

/// <summary>
/// One connection to one host: commands out, replies in, each stage with its time. One caller at a time.
/// </summary>
/// <remarks>
/// Diagnostics: everything that ends the connection (lost, time out, no SMTP, 421) is a <see cref="DeliveryException"/> and leaves it <see cref="IsBroken"/>.
/// Limits: about 12 KiB while idle; content passes through in slices.
/// </remarks>
internal sealed class SmtpConnection : IAsyncDisposable
{
    // What is written gathers until this many bytes: few system calls, and flat memory.
    private const int FlushBytes = 32 * 1024;

    private readonly TimeoutOptions _timeouts;
    private readonly Deadline _deadline;
    private readonly SmtpReplyReader _reader = new();
    private readonly ArrayBufferWriter<byte> _output = new(8 * 1024);
    private Stream _stream;
    private byte[] _input = new byte[4 * 1024];
    private int _inputStart;
    private int _inputEnd;
    private bool _isDisposed;

    public SmtpConnection(Stream stream, string host, IPEndPoint remote, TimeoutOptions timeouts, Deadline deadline)
    {
        _stream = stream;
        _timeouts = timeouts;
        _deadline = deadline;
        Host = host;
        Peer = $"{remote} {host}";
        Remote = remote;
    }

    public string Host { get; }

    public IPEndPoint Remote { get; }

    /// <summary>Address and name, as the timeline tells it.</summary>
    public string Peer { get; }

    public SmtpCapabilities Capabilities { get; set; } = SmtpCapabilities.None;

    public bool IsTls { get; private set; }

    /// <summary>Whether the certificate was given to <see cref="Host"/> by an authority this system trusts.</summary>
    public bool IsVerified { get; private set; }

    /// <summary>It can't be used for another mail.</summary>
    public bool IsBroken { get; set; }

    /// <summary>Mails sent over it so far.</summary>
    public int Mails { get; set; }

    /// <summary>Whether the server may still hold a transaction that RSET has to end.</summary>
    public bool NeedsReset { get; set; }

    public DateTimeOffset IdleSince { get; set; }

    public IBufferWriter<byte> Output => _output;

    /// <summary>Sends what was written.</summary>
    public async ValueTask FlushAsync(DeliveryStage stage)
    {
        if (_output.WrittenCount == 0)
            return;
        try
        {
            await _stream.WriteAsync(_output.WrittenMemory, _deadline.Start(TimeoutOf(stage)));
            _output.ResetWrittenCount();
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
            throw Lost(stage, e);
        }
    }

    /// <summary>Sends what was written when there is enough of it.</summary>
    public ValueTask FlushIfFullAsync(DeliveryStage stage) => _output.WrittenCount >= FlushBytes ? FlushAsync(stage) : default;

    /// <summary>The next reply. 421 means that the server is closing: the caller gets it once, and the connection is broken.</summary>
    public async ValueTask<SmtpReply> ReadReplyAsync(DeliveryStage stage)
    {
        try
        {
            // One limit for the whole reply: a server that drips it out byte by byte gains nothing.
            CancellationToken? limit = null;
            while (true)
            {
                if (_inputEnd > _inputStart && TryTakeReply(out var reply))
                {
                    if (reply.Code == 421)
                        IsBroken = true;
                    return reply;
                }

                MakeRoom();
                var read = await _stream.ReadAsync(_input.AsMemory(_inputEnd), limit ??= _deadline.Start(TimeoutOf(stage)));
                if (read == 0)
                    throw Lost(stage, null);
                _inputEnd += read;
            }
        }
        catch (SmtpProtocolException e)
        {
            IsBroken = true;
            throw new DeliveryException(new SmtpReply(451, new EnhancedStatusCode(4, 5, 0), e.Message), stage, Host, Peer, e);
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
            throw Lost(stage, e);
        }
    }

    /// <summary>Sends one command and takes its reply.</summary>
    public async ValueTask<SmtpReply> CommandAsync(string command, DeliveryStage stage)
    {
        SmtpCommands.Write(_output, command);
        await FlushAsync(stage);
        return await ReadReplyAsync(stage);
    }

    /// <summary>Turns TLS on.</summary>
    /// <exception cref="AuthenticationException">The handshake failed.</exception>
    public async ValueTask SecureAsync(bool mustBeVerified)
    {
        // What came before the handshake was not protected by it and could have been put there by anyone (the STARTTLS injection of 2011).
        if (_inputEnd > _inputStart)
            throw new AuthenticationException("the server sent something between its agreement to STARTTLS and the handshake");
        var isVerified = false;
        var tls = new SslStream(_stream, leaveInnerStreamOpen: false);
        _stream = tls;
        await tls.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = Host,
                RemoteCertificateValidationCallback = (_, _, _, errors) =>
                {
                    isVerified = errors == SslPolicyErrors.None;
                    return isVerified || !mustBeVerified;
                },
            },
            _deadline.Start(_timeouts.Hello));
        (IsTls, IsVerified) = (true, isVerified);
    }

    /// <summary>A reply that came while content was still being written: why the server stopped listening; null when it gave no reason.</summary>
    public async ValueTask<SmtpReply?> ReadLastWordsAsync()
    {
        try
        {
            while (!TryTakeReply(out _))
            {
                MakeRoom();
                var read = await _stream.ReadAsync(_input.AsMemory(_inputEnd), _deadline.Start(_timeouts.Quit));
                if (read == 0)
                    return null;
                _inputEnd += read;
                if (TryTakeReply(out var reply))
                    return reply;
            }

            return null;
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or ObjectDisposedException or SmtpProtocolException)
        {
            return null;
        }
    }

    /// <summary>Whether the server has not closed it while it was idle, as far as can be told without asking.</summary>
    public bool SeemsAlive => !IsBroken && _inputEnd == _inputStart
        && (_stream is not NetworkStream { Socket: var socket } || !socket.Poll(0, SelectMode.SelectRead));

    public void Rest() => _deadline.Stop();

    /// <summary>Says goodbye and closes. A connection that is broken is only closed.</summary>
    public async ValueTask QuitAsync()
    {
        if (!IsBroken)
        {
            try
            {
                SmtpCommands.Write(_output, "QUIT");
                await _stream.WriteAsync(_output.WrittenMemory, _deadline.Start(_timeouts.Quit));
                // RFC 5321 4.1.1.10: wait for the reply; but nothing depends on it.
                await _stream.ReadAsync(_input.AsMemory(), _deadline.Start(_timeouts.Quit));
            }
            catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
            {
                IsBroken = true;
            }
        }

        await DisposeAsync();
    }

    /// <summary>Closes it at once.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_isDisposed)
            return;
        (_isDisposed, IsBroken) = (true, true);
        await _stream.DisposeAsync();
        _deadline.Dispose();
    }

    private bool TryTakeReply(out SmtpReply reply)
    {
        var isComplete = _reader.TryRead(_input.AsSpan(_inputStart, _inputEnd - _inputStart), out var consumed, out var read);
        _inputStart += consumed;
        reply = read!;
        return isComplete;
    }

    private void MakeRoom()
    {
        if (_inputStart > 0)
        {
            _input.AsSpan(_inputStart, _inputEnd - _inputStart).CopyTo(_input);
            (_inputStart, _inputEnd) = (0, _inputEnd - _inputStart);
        }

        // The reader refuses lines past its limit, so this ends at twice that.
        if (_inputEnd == _input.Length)
            Array.Resize(ref _input, _input.Length * 2);
    }

    private DeliveryException Lost(DeliveryStage stage, Exception? cause)
    {
        IsBroken = true;
        var what = cause switch
        {
            null => "the connection was closed by the other side",
            OperationCanceledException => "no answer in time",
            _ => cause.Message,
        };
        return new DeliveryException(
            new SmtpReply(451, new EnhancedStatusCode(4, 4, 2), $"{what} ({Describe(stage)})"), stage, Host, Peer, cause);
    }

    private static string Describe(DeliveryStage stage) => stage switch
    {
        DeliveryStage.Greeting => "waiting for the greeting",
        DeliveryStage.Hello => "after EHLO",
        DeliveryStage.StartTls => "after STARTTLS",
        DeliveryStage.Auth => "after AUTH",
        DeliveryStage.Mail => "after MAIL",
        DeliveryStage.Recipient => "after RCPT",
        DeliveryStage.DataStart => "after DATA",
        DeliveryStage.Data => "sending the content",
        DeliveryStage.DataEnd => "after the end of the content; it may have been delivered",
        _ => "connecting",
    };

    private TimeSpan TimeoutOf(DeliveryStage stage) => stage switch
    {
        DeliveryStage.Connect or DeliveryStage.Resolve => _timeouts.Connect,
        DeliveryStage.Greeting => _timeouts.Greeting,
        DeliveryStage.Hello or DeliveryStage.StartTls or DeliveryStage.Auth => _timeouts.Hello,
        DeliveryStage.Mail => _timeouts.Mail,
        DeliveryStage.Recipient => _timeouts.Recipient,
        DeliveryStage.DataStart => _timeouts.DataStart,
        DeliveryStage.Data => _timeouts.DataBlock,
        DeliveryStage.DataEnd => _timeouts.DataEnd,
        _ => throw new ArgumentOutOfRangeException(nameof(stage)),
    };
}

using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Posthorn.Engine;
using Posthorn.Protocols.Pop3;
using Posthorn.Protocols.Pop3.Commands;
using Posthorn.Protocols.Pop3.Session;
using Posthorn.Server.Connections;

namespace Posthorn.Server.Retrieve.Pop3;

/// <summary>One POP3 session (RFC 1939).</summary>
/// <remarks>
/// Runs on one loop (<see cref="RunAsync"/>), which alone touches the fields, except that <see cref="OnHeartbeat"/> reads which maildrop is open.
/// <para>Diagnostics: what the client did wrong is answered -ERR and counted, too many errors in a row end the session. A connection that breaks, is silent or is
/// cut off removes nothing and gives everything back; only QUIT removes, and answers when that is durable. An engine that has failed is -ERR [SYS/TEMP].
/// Anything else is a fault of ours: logged as an error, -ERR [SYS/TEMP], the session ends.</para>
/// <para>Limits: no APOP, which needs passwords that are kept as they are; no LANG. Mails with UTF-8 in their headers are sent as they are, whether or not
/// the client has said UTF8 (RFC 6856 leaves a server no form of them that would not change the mail).</para>
/// </remarks>
internal sealed partial class Pop3Session : IDoorSession
{
    private readonly Pop3Context _context;
    private readonly Pop3Door _door;
    private readonly ClientPeer _peer;
    private readonly LineConnection _connection;
    private readonly LineTaker _understand;

    private (Pop3Command Command, Pop3Reply? Error) _line;
    private Pop3State _state = Pop3State.Authorization;
    private string _name = "";
    private bool _isUtf8;
    private Maildrop? _maildrop;
    private long _renewAt;

    private int _errors;
    private int _authFailures;

    public Pop3Session(Pop3Context context, Pop3Door door, ClientPeer peer, IDuplexPipe transport, Action<ConnectionAbortedException> abort)
    {
        (_context, _door, _peer) = (context, door, peer);
        _connection = new LineConnection(transport, abort, context.Time, context.Options.SessionTimeMax);
        _understand = line => _line.Error = Pop3CommandParser.Parse(line, out _line.Command);
    }

    private Pop3Options Options => _context.Options;

    private PipeWriter Output => _connection.Output;

    public LineConnection Connection => _connection;

    /// <summary>Ends the wait of a client that is too slow, and renews the leases: one timer of the door does it for all sessions.</summary>
    public void OnHeartbeat(long now)
    {
        _connection.OnHeartbeat(now);
        if (Volatile.Read(ref _maildrop) is not { } maildrop || now < _renewAt)
            return;
        _renewAt = now + (long)(Options.LeaseTime.TotalSeconds / 3 * _context.Time.TimestampFrequency);
        _ = maildrop.RenewAsync();
    }

    /// <summary>Runs to the session's end; throws nothing.</summary>
    public async Task RunAsync()
    {
        try
        {
            if (_door == Pop3Door.Pop3s && !await StartTlsAsync())
                return;
            Reply(Pop3Replies.Greeting(_context.Hostname));
            while (_state != Pop3State.Closed && await ReadCommandAsync())
                await RunCommandAsync();
            await _connection.EndAsync();
        }
        catch (Exception e) when (EngineOutage.Is(e))
        {
            await TryCloseAsync(Pop3Replies.OutOfService);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ConnectionAbortedException)
        {
            LogLost(_context.Logger, _peer, e);
        }
        catch (Exception e)
        {
            LogFault(_context.Logger, _peer, e);
            await TryCloseAsync(Pop3Replies.OutOfService);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await CloseMaildropAsync();
        await _connection.DisposeAsync();
    }

    /// <summary>Waits for a line and understands it; false when the session is over.</summary>
    private async ValueTask<bool> ReadCommandAsync()
    {
        switch (await _connection.ReadLineAsync(Options.LineBytesMax, _maildrop is null ? Options.LoginTimeout : Options.IdleTimeout, _understand))
        {
            case LineRead.Complete:
                return true;
            case LineRead.TooLong:
                _line = (new Pop3Command(Pop3Verb.Unknown), Pop3Replies.LineTooLong);
                return true;
            case var end:
                Close(end);
                return false;
        }
    }

    private async ValueTask RunCommandAsync()
    {
        var (command, error) = _line;
        _line = default; // a password is not kept
        var transition = Pop3StateTable.Of(_state, command.Verb);
        if (!transition.IsAllowed)
        {
            _state = transition.Next;
            await RefuseAsync(error ?? transition.Refusal!);
            return;
        }
        if (error is not null)
        {
            await RefuseAsync(error);
            return;
        }
        if (await ExecuteAsync(command) is not { } failure)
        {
            // What was done may have ended the session, and AUTH alone only lists the mechanisms.
            if (_state != Pop3State.Closed && (transition.Next != Pop3State.Transaction || _maildrop is not null))
                _state = transition.Next;
            _errors = 0;
            return;
        }
        if (command.Verb is Pop3Verb.Pass or Pop3Verb.Auth)
            _state = Pop3State.Authorization;
        else if (command.Verb == Pop3Verb.Quit)
            _state = Pop3State.Closed;
        await RefuseAsync(failure);
    }

    /// <summary>Does a command and answers it.</summary>
    /// <returns>Why it failed, which is not answered yet; null when it was done.</returns>
    private async ValueTask<Pop3Reply?> ExecuteAsync(Pop3Command command)
    {
        switch (command.Verb)
        {
            case Pop3Verb.Capa:
                WriteCapabilities();
                return null;
            case Pop3Verb.Stls:
                return await StartTlsByCommandAsync();
            case Pop3Verb.Utf8:
                _isUtf8 = true;
                Reply(Pop3Replies.Utf8Enabled);
                return null;
            case Pop3Verb.User:
                return TakeName(command.Text!);
            case Pop3Verb.Pass:
                return await LogInAsync(command.Text!);
            case Pop3Verb.Auth:
                return await AuthenticateAsync(command);
            case Pop3Verb.Quit:
                return await QuitAsync();
            default:
                return await ExecuteAsync(_maildrop!, command);
        }
    }

    /// <summary>Answers what cannot be done, and counts it.</summary>
    private async ValueTask RefuseAsync(Pop3Reply reply)
    {
        if (_state == Pop3State.Closed)
        {
            Reply(reply);
            return;
        }
        if (++_errors >= Options.ErrorsMax)
        {
            Reply(reply);
            Close(Pop3Replies.TooManyErrors);
            return;
        }
        if (_errors > Options.ErrorsBeforeDelay)
            await DelayAsync();
        Reply(reply);
    }

    private void Reply(Pop3Reply reply) => Pop3ReplyFormat.Write(Output, reply);

    /// <summary>Says a last word.</summary>
    private void Close(Pop3Reply reply)
    {
        Reply(reply);
        _state = Pop3State.Closed;
    }

    /// <summary>Nothing more is read. Who was silent is told nothing (RFC 1939 3).</summary>
    private void Close(LineRead end)
    {
        _state = Pop3State.Closed;
        if (end == LineRead.Stopping)
            Reply(Pop3Replies.ShuttingDown);
        else
            LogEnded(_context.Logger, _peer, end);
    }

    private async ValueTask TryCloseAsync(Pop3Reply reply)
    {
        try
        {
            Close(reply);
            await _connection.EndAsync();
        }
        catch (Exception e)
        {
            LogLost(_context.Logger, _peer, e);
        }
    }

    /// <summary>Answers slowly whoever makes too many mistakes, and who guesses.</summary>
    private Task DelayAsync() => Task.Delay(Options.ErrorDelay, _context.Time);
}

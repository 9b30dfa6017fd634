using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Posthorn.Engine;
using Posthorn.Protocols.Smtp;
using Posthorn.Protocols.Smtp.Commands;
using Posthorn.Protocols.Smtp.Session;
using Posthorn.Server.Connections;

namespace Posthorn.Server.Accept.Smtp;

/// <summary>One SMTP or LMTP session.</summary>
/// <remarks>
/// Runs on one loop (<see cref="RunAsync"/>), which alone touches the fields; what comes from outside comes to the <see cref="Connection"/>.
/// <para>Diagnostics: what the client did wrong is answered and counted, too many errors end the session (421). A connection that breaks drops the mail that
/// is under way; one whose end has come is committed, whether or not the client hears of it. A storage that is full is 452, an engine that has failed 421.
/// Anything else is a fault of ours: logged as an error, 421.</para>
/// <para>Limits: no BINARYMIME, no ETRN, no XCLIENT or PROXY protocol.</para>
/// </remarks>
internal sealed partial class SmtpSession : IDoorSession
{
    private readonly SmtpContext _context;
    private readonly SmtpDoor _door;
    private readonly ClientPeer _peer;
    private readonly LineConnection _connection;

    private readonly LineTaker _understand;
    private Command _command;
    private SmtpState _state = SmtpState.Connected;
    private string _hello = "";
    private bool _isExtended;
    private string? _account;
    private SmtpTransaction? _transaction;

    private int _transactions;
    private int _mails;
    private int _errors;
    private int _commandsSinceMail;
    private int _authFailures;

    public SmtpSession(SmtpContext context, SmtpDoor door, ClientPeer peer, IDuplexPipe transport, Action<ConnectionAbortedException> abort)
    {
        _context = context;
        _door = door;
        _peer = peer;
        _connection = new LineConnection(transport, abort, context.Time, context.Options.SessionTimeMax);
        _understand = Understand;
    }

    public LineConnection Connection => _connection;

    private SmtpOptions Options => _context.Options;

    private bool IsLmtp => _door == SmtpDoor.Lmtp;

    private bool IsTrusted => _context.Relay.IsTrusted(_peer.Address, _account is not null);

    /// <summary>Runs to the session's end; throws nothing.</summary>
    public async Task RunAsync()
    {
        try
        {
            if (_door == SmtpDoor.Smtps && !await StartTlsAsync())
                return;
            Reply(SmtpReplies.Greeting(_context.Hostname, IsLmtp));
            while (_state != SmtpState.Closed && await ReadCommandAsync())
                await RunCommandAsync();
            await _connection.EndAsync();
        }
        catch (Exception e) when (EngineOutage.Is(e))
        {
            await TryCloseAsync(SmtpReplies.OutOfService);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ConnectionAbortedException)
        {
            LogLost(_context.Logger, _peer, _transaction is null ? "" : " during a mail", e);
        }
        catch (Exception e)
        {
            LogFault(_context.Logger, _peer, e);
            await TryCloseAsync(SmtpReplies.OutOfService);
        }
    }

    public void OnHeartbeat(long now) => _connection.OnHeartbeat(now);

    public async ValueTask DisposeAsync()
    {
        await EndTransactionAsync();
        await _connection.DisposeAsync();
    }

    /// <summary>Waits for a line and understands it; false when the session is over.</summary>
    private async ValueTask<bool> ReadCommandAsync()
    {
        switch (await _connection.ReadLineAsync(Options.LineBytesMax, Options.IdleTimeout, _understand))
        {
            case LineRead.Complete:
                return true;
            case LineRead.TooLong:
                _command = new Command(SmtpVerb.Unknown, default, null, SmtpReplies.LineTooLong);
                return true;
            case var end:
                Close(end);
                return false;
        }
    }

    /// <summary>Makes of a line what is to be done, so that nothing of the line is needed any more.</summary>
    private void Understand(ReadOnlySpan<byte> line)
    {
        if (SmtpCommandParser.HasControls(line))
        {
            _command = new Command(SmtpVerb.Unknown, default, null, SmtpReplies.ControlCharacters);
            return;
        }
        var verb = SmtpCommandParser.VerbOf(line, IsLmtp, out var arguments);
        var transition = SmtpStateTable.Of(_state, verb);
        // A refused BDAT is understood all the same: its bytes must be skipped.
        if (!transition.IsAllowed && verb is not (SmtpVerb.Bdat or SmtpVerb.BdatLast))
        {
            _command = new Command(verb, transition, null, null);
            return;
        }
        _ = SmtpCommandParser.TryParse(verb, arguments, Announced, _transaction?.Parameters.IsSmtpUtf8 == true, out var command, out var error);
        _command = new Command(verb, transition, command, error);
    }

    private async ValueTask RunCommandAsync()
    {
        var (verb, transition, command, error) = _command;
        _command = default;
        if (error is not null)
        {
            await RefuseAsync(verb, error);
            // Where the bytes of this BDAT end nobody knows, and those of a mail must never be taken for commands.
            if (verb is SmtpVerb.Bdat or SmtpVerb.BdatLast)
                Close(SmtpReplies.LostFraming);
            return;
        }
        if (!transition.IsAllowed)
        {
            if (command is SmtpCommand.Bdat refused && !await SkipChunkAsync(refused.Size))
                return;
            if (transition.Next == SmtpState.Ready)
                await EndTransactionAsync();
            _state = transition.Next;
            await RefuseAsync(verb, transition.Refusal!);
            return;
        }
        if (IsOverhead(verb) && ++_commandsSinceMail > Options.CommandsBetweenMailsMax)
        {
            Close(SmtpReplies.TooManyCommands);
            return;
        }
        await ExecuteAsync(verb, transition, command!);
    }

    private async ValueTask ExecuteAsync(SmtpVerb verb, SmtpTransition transition, SmtpCommand command)
    {
        switch (command)
        {
            case SmtpCommand.Hello hello:
                await EndTransactionAsync();
                Greet(verb, hello.Name);
                _state = transition.Next;
                break;
            case SmtpCommand.Mail or SmtpCommand.Rcpt:
                var reply = command is SmtpCommand.Mail mail ? Begin(mail) : Add((SmtpCommand.Rcpt)command);
                if (!reply.IsPositive)
                {
                    await RefuseAsync(verb, reply);
                    break;
                }
                Reply(reply);
                _state = transition.Next;
                break;
            case SmtpCommand.Bdat bdat:
                await ReceiveChunkAsync(bdat);
                break;
            case SmtpCommand.Auth auth:
                await AuthenticateAsync(auth);
                break;
            default:
                await ExecutePlainAsync(verb, transition);
                break;
        }
    }

    private async ValueTask ExecutePlainAsync(SmtpVerb verb, SmtpTransition transition)
    {
        switch (verb)
        {
            case SmtpVerb.Data:
                await ReceiveDataAsync();
                return;
            case SmtpVerb.StartTls:
                await StartTlsByCommandAsync();
                return;
            case SmtpVerb.Rset:
                await EndTransactionAsync();
                Reply(SmtpReplies.Ok);
                break;
            case SmtpVerb.Noop:
                Reply(SmtpReplies.Ok);
                break;
            case SmtpVerb.Help:
                Reply(SmtpReplies.Help);
                break;
            case SmtpVerb.Vrfy:
                Reply(SmtpReplies.WillNotVerify);
                break;
            case SmtpVerb.Quit:
                Reply(SmtpReplies.Bye);
                break;
            default:
                throw new InvalidOperationException($"{verb} is allowed in {_state}, but nothing is known to be done.");
        }
        _state = transition.Next;
    }

    /// <summary>Answers what cannot be done, and counts it when the client is to blame.</summary>
    private async ValueTask RefuseAsync(SmtpVerb verb, SmtpReply reply)
    {
        _context.Metrics.Refused(_door, reply.Code);
        if (reply.Code == 421)
        {
            Close(reply); // a 421 is always the last word (RFC 5321 3.8)
            return;
        }
        if (verb is SmtpVerb.Mail or SmtpVerb.Rcpt or SmtpVerb.Data or SmtpVerb.BdatLast)
            LogRefused(_context.Logger, verb.ToString().ToUpperInvariant(), _peer, _hello, reply.ToString());
        if (reply.IsPermanent && ++_errors >= Options.ErrorsMax)
        {
            Reply(reply);
            Close(SmtpReplies.TooManyErrors);
            return;
        }
        if (reply.IsPermanent && _errors > Options.ErrorsBeforeDelay)
            await DelayAsync();
        Reply(reply);
    }

    private void Reply(SmtpReply reply) => SmtpReplyFormat.Write(_connection.Output, reply);

    /// <summary>Says a last word.</summary>
    private void Close(SmtpReply reply)
    {
        Reply(reply);
        _state = SmtpState.Closed;
    }

    /// <summary>Nothing more is read.</summary>
    private void Close(LineRead end)
    {
        _state = SmtpState.Closed;
        if (end == LineRead.Lost)
            LogLost(_context.Logger, _peer, _transaction is null ? "" : " during a mail", null);
        else
            Reply(end == LineRead.Stopping ? SmtpReplies.ShuttingDown : SmtpReplies.TimedOut);
    }

    private async ValueTask TryCloseAsync(SmtpReply reply)
    {
        try
        {
            Close(reply);
            await _connection.EndAsync();
        }
        catch (Exception e)
        {
            LogLost(_context.Logger, _peer, "", e);
        }
    }

    /// <summary>Answers slowly whoever makes too many mistakes.</summary>
    private Task DelayAsync() => Task.Delay(Options.ErrorDelay, _context.Time);

    private async ValueTask EndTransactionAsync()
    {
        var transaction = _transaction;
        _transaction = null;
        if (transaction is not null)
            await transaction.DisposeAsync();
    }

    /// <summary>Commands that bring no mail further.</summary>
    private static bool IsOverhead(SmtpVerb verb) => verb is SmtpVerb.Helo or SmtpVerb.Ehlo or SmtpVerb.Lhlo or SmtpVerb.Rset or SmtpVerb.Noop
        or SmtpVerb.Help or SmtpVerb.Vrfy or SmtpVerb.StartTls or SmtpVerb.Auth;

    /// <summary>A line that was understood: allowed or not, and the command or why there is none.</summary>
    private readonly record struct Command(SmtpVerb Verb, SmtpTransition Transition, SmtpCommand? Parsed, SmtpReply? Error);
}

using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;
using Posthorn.Engine;
using Posthorn.Protocols.Imap.Commands;
using Posthorn.Protocols.Imap.Reading;
using Posthorn.Protocols.Imap.Responses;
using Posthorn.Server.Connections;
using Posthorn.Server.Operate.Accounts;
using Posthorn.Server.Retrieve.Imap.Views;

namespace Posthorn.Server.Retrieve.Imap;

/// <summary>One IMAP session.</summary>
/// <remarks>
/// Runs on one loop (<see cref="RunAsync()"/>), which alone touches the fields; <see cref="OnHeartbeat"/>, <see cref="OnMailboxChanged"/> and the connection's
/// Stop come from outside and only set flags and wake it.
/// <para>Diagnostics: what is no command is BAD and counted, too many end the session. A storage that is full or a mailbox without room is NO, an engine that
/// has failed BYE. A connection that breaks drops what was being appended, and gives leases back; a commit on its way decides by itself. Anything else is a
/// fault of ours: logged as an error, NO [SERVERBUG], and the session goes on unless it was in the middle of an answer.</para>
/// <para>Limits: no NOTIFY, no CATENATE, no URLAUTH, no annotations or metadata, no access control lists.</para>
/// </remarks>
internal sealed partial class ImapSession : IDoorSession, IViewer
{
    /// <summary>Nothing ends a session that is used.</summary>
    private static readonly TimeSpan s_sessionTimeMax = TimeSpan.FromDays(3_650);

    private readonly ImapContext _context;
    private readonly ImapDoor _door;
    private readonly ClientPeer _peer;
    private readonly ImapReader _reader;
    private readonly CancellationToken _closed;
    private ImapWriter _writer;
    private Account? _account;
    private SelectedMailbox? _selected;
    private bool _isClosed;
    private int _errors;
    private int _authFailures;

    /// <summary>Whether an answer has begun and not ended: then nothing else can be said.</summary>
    private bool _isInAnswer;

    /// <summary>Whether the loop is at a command, or idles in IDLE: then leases are renewed. Read by the heartbeat.</summary>
    private volatile bool _isAtWork;

    /// <param name="context">What all sessions share.</param>
    /// <param name="door">What the listener speaks.</param>
    /// <param name="peer">Who has connected.</param>
    /// <param name="transport">The pipes; whoever owns them completes them.</param>
    /// <param name="abort">Cuts the connection off.</param>
    /// <param name="closed">The connection is gone: nobody waits for what is looked for any more.</param>
    public ImapSession(ImapContext context, ImapDoor door, ClientPeer peer, IDuplexPipe transport, Action<ConnectionAbortedException> abort, CancellationToken closed)
    {
        (_context, _door, _peer, _closed) = (context, door, peer, closed);
        Connection = new LineConnection(transport, abort, context.Time, s_sessionTimeMax);
        _reader = new ImapReader(new ImapLimits
        {
            LineBytesMax = context.Options.LineBytesMax,
            LiteralBytesMax = context.Options.LiteralBytesMax,
            AppendMessagesMax = context.Options.MessagesPerAppendMax,
        });
        _writer = new ImapWriter(Connection.Output);
    }

    public LineConnection Connection { get; }

    private ImapOptions Options => _context.Options;

    /// <summary>Who has logged in.</summary>
    private Account Account => _account ?? throw new InvalidOperationException("Nobody has logged in yet.");

    private SelectedMailbox Selected => _selected ?? throw new InvalidOperationException("No mailbox is selected.");

    private ImapStates State => _account is null ? ImapStates.NotAuthenticated : _selected is null ? ImapStates.Authenticated : ImapStates.Selected;

    /// <summary>Runs to the session's end; throws nothing.</summary>
    public async Task RunAsync()
    {
        try
        {
            if (_door == ImapDoor.Imaps && !await StartTlsAsync())
                return;
            _writer.Untagged(ImapReply.Ok("Posthorn is ready.", ResponseCodes.Capability(Capabilities)));
            while (!_isClosed && await ReadAsync() is { } input)
                await AnswerAsync(input);
            await Connection.EndAsync();
        }
        catch (Exception e) when (EngineOutage.Is(e))
        {
            await TryCloseAsync(SessionReplies.OutOfService);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ConnectionAbortedException)
        {
            ImapLog.Lost(_context.Logger, _peer, e);
        }
        catch (Exception e)
        {
            ImapLog.Fault(_context.Logger, _peer, e);
            await TryCloseAsync(SessionReplies.OutOfService);
        }
    }

    public void OnHeartbeat(long now)
    {
        Connection.OnHeartbeat(now);
        if (_isAtWork)
            Volatile.Read(ref _selected)?.Leases.OnHeartbeat();
    }

    public async ValueTask DisposeAsync()
    {
        await DropAppendAsync();
        await LeaveAsync();
        if (_account is not null)
            _context.Sessions.Leave(_account.Name);
        await Connection.DisposeAsync();
    }

    /// <summary>Waits for a command, or for what stands for one; null when the session is over.</summary>
    private async ValueTask<ImapInput?> ReadAsync()
    {
        // A message that was refused needs no more bytes to be answered.
        var nothing = default(ReadOnlySequence<byte>);
        if (_reader.IsInCommand && _reader.Read(ref nothing) is { } refused)
            return refused;
        Connection.BeginWait(_account is null ? Options.LoginTimeout : Options.IdleTimeout);
        while (true)
        {
            var (status, bytes, isLast) = await Connection.ReadMoreAsync(isBetweenCommands: _append is null);
            if (status != LineRead.Complete)
            {
                Close(status);
                return null;
            }
            var input = _reader.Read(ref bytes);
            // What was looked at in vain is not looked at again before more has come.
            Connection.Advance(bytes.Start, input is null ? bytes.End : bytes.Start);
            if (input is not null)
            {
                Connection.EndWait();
                return input;
            }
            if (isLast)
            {
                Close(LineRead.Lost);
                return null;
            }
        }
    }

    private async ValueTask AnswerAsync(ImapInput input)
    {
        _isAtWork = true;
        try
        {
            switch (input)
            {
                case ImapInput.ContinuationWanted:
                    _writer.Continue("OK");
                    break;
                case ImapInput.Complete complete:
                    await RunAsync(complete.Tag, complete.Command);
                    break;
                case ImapInput.AppendMessage message:
                    await TakeAppendedAsync(message);
                    break;
                case ImapInput.AppendEnd end:
                    await EndAppendAsync(end.Tag);
                    break;
                case ImapInput.Refused refused:
                    await DropAppendAsync();
                    Refuse(refused.Tag, refused.Reply);
                    break;
            }
        }
        finally
        {
            _isAtWork = false;
        }
    }

    private async ValueTask RunAsync(string tag, ImapCommand command)
    {
        if ((command.AllowedIn & State) == ImapStates.None)
        {
            Refuse(tag, ImapReplies.WrongState);
            return;
        }
        // What works on messages needs their numbers; a large mailbox may still be listed.
        if (command.AllowedIn == ImapStates.Selected && command.Verb != ImapVerb.Unselect)
            await Selected.SettleAsync();
        var reply = await TryExecuteAsync(tag, command);
        // SELECT has told all there is, and behind a BYE nothing is told.
        if (!_isClosed && command.Verb is not (ImapVerb.Select or ImapVerb.Examine))
            await TellNewsAsync(mayExpunge: !HasSequenceNumbers(command));
        if (_isClosed && command.Verb != ImapVerb.Logout)
            return;
        if (command.Verb == ImapVerb.StartTls && reply.Status == ImapStatus.Ok)
            Connection.DropClearText();
        Finish(tag, command.Verb, reply);
        if (reply.Status != ImapStatus.Ok)
            return;
        if (command.Verb == ImapVerb.StartTls)
            _isClosed = !await StartTlsAsync();
        else if (command.Verb == ImapVerb.Compress)
            await BeginCompressionAsync();
    }

    /// <summary>Executes a command; what stands in its way is its answer.</summary>
    private async ValueTask<ImapReply> TryExecuteAsync(string tag, ImapCommand command)
    {
        try
        {
            return await ExecuteAsync(tag, command);
        }
        catch (StorageFullException)
        {
            return SessionReplies.StorageFull;
        }
        catch (QueueFullException e)
        {
            return e.IsMessageTooLarge ? ImapReplies.MessageTooBig : ImapReplies.OverQuota;
        }
        catch (BodyLostException e)
        {
            return e.IsDamaged ? SessionReplies.Damaged : ImapReplies.Expunged;
        }
    }

    private ValueTask<ImapReply> ExecuteAsync(string tag, ImapCommand command) => command switch
    {
        ImapCommand.Plain plain => ExecutePlainAsync(plain.Verb),
        ImapCommand.Id id => NowAsync(Identify(id)),
        ImapCommand.Login login => LoginAsync(login),
        ImapCommand.Authenticate authenticate => AuthenticateAsync(authenticate),
        ImapCommand.Enable enable => NowAsync(Enable(enable)),
        ImapCommand.Compress compress => NowAsync(CompressionRefusal(compress) ?? ImapReply.Ok("DEFLATE active.")),
        ImapCommand.Select select => SelectAsync(select),
        ImapCommand.Create create => CreateAsync(create),
        ImapCommand.Delete delete => DeleteAsync(delete),
        ImapCommand.Rename rename => RenameAsync(rename),
        ImapCommand.Subscribe subscribe => SubscribeAsync(subscribe.Mailbox, isSubscribed: true),
        ImapCommand.Unsubscribe unsubscribe => SubscribeAsync(unsubscribe.Mailbox, isSubscribed: false),
        ImapCommand.List list => ListAsync(list),
        ImapCommand.Lsub lsub => NowAsync(Lsub(lsub)),
        ImapCommand.Status status => StatusAsync(status),
        ImapCommand.GetQuota quota => NowAsync(GetQuota(quota.Root)),
        ImapCommand.GetQuotaRoot root => NowAsync(GetQuotaRoot(root.Mailbox)),
        ImapCommand.SetQuota => NowAsync(SessionReplies.NoPermission("Quotas are set in the configuration.")),
        ImapCommand.Expunge expunge => ExpungeAsync(expunge.Uids),
        ImapCommand.Search search => SearchAsync(tag, search),
        ImapCommand.Sort sort => SortAsync(tag, sort),
        ImapCommand.Thread thread => ThreadAsync(thread),
        ImapCommand.Fetch fetch => FetchAsync(fetch),
        ImapCommand.Store store => StoreAsync(store),
        ImapCommand.Copy copy => CopyAsync(copy),
        ImapCommand.Move move => MoveAsync(move),
        _ => throw new InvalidOperationException($"{command.Verb} is allowed, but nothing is known to be done."),
    };

    private async ValueTask<ImapReply> ExecutePlainAsync(ImapVerb verb)
    {
        switch (verb)
        {
            case ImapVerb.Capability:
                _writer.Capability(Capabilities);
                return SessionReplies.Done;
            case ImapVerb.Noop or ImapVerb.Check:
                if (_selected is { } selected)
                    await selected.Leases.RenewAllAsync();
                return SessionReplies.Done;
            case ImapVerb.Logout:
                _writer.Untagged(ImapReplies.Bye);
                _isClosed = true;
                return SessionReplies.Done;
            case ImapVerb.StartTls:
                return StartTlsRefusal() ?? SessionReplies.BeginTls;
            case ImapVerb.Namespace:
                _writer.Namespace([""], [], [Retrieve.Mailboxes.MailboxAccess.QueuePrefix]);
                return SessionReplies.Done;
            case ImapVerb.Idle:
                return await IdleAsync();
            case ImapVerb.Close:
                return await CloseAsync();
            case ImapVerb.Unselect:
                await LeaveAsync();
                return SessionReplies.Done;
            default:
                throw new InvalidOperationException($"{verb} is allowed, but nothing is known to be done.");
        }
    }

    /// <summary>The last words to a command, and what can only follow them.</summary>
    private void Finish(string? tag, ImapVerb verb, ImapReply reply)
    {
        _errors = reply.Status == ImapStatus.Bad ? _errors : 0;
        if (reply.Status == ImapStatus.Bad)
            Refuse(tag, reply);
        else
            _writer.Reply(tag, reply);
        _context.Metrics.Command(ImapVerbs.NameOf(verb), reply.Status);
        if (_context.Logger.IsEnabled(LogLevel.Trace))
            ImapLog.Command(_context.Logger, _peer, _account?.Name ?? "", ImapVerbs.NameOf(verb), reply.ToString());
    }

    private void Refuse(string? tag, ImapReply reply)
    {
        _writer.Reply(tag, reply);
        if (reply.Status == ImapStatus.Bye)
        {
            _isClosed = true;
        }
        else if (reply.Status == ImapStatus.Bad && ++_errors >= Options.ErrorsMax)
        {
            _writer.Untagged(ImapReplies.TooManyErrors);
            _isClosed = true;
        }
    }

    /// <summary>Whether numbers may not change under a command that names messages by them (RFC 9051 7.5.1).</summary>
    private static bool HasSequenceNumbers(ImapCommand command) => command is
        ImapCommand.Fetch { IsUid: false } or ImapCommand.Store { IsUid: false } or ImapCommand.Search { IsUid: false }
        or ImapCommand.Sort { IsUid: false } or ImapCommand.Thread { IsUid: false };

    private static ValueTask<ImapReply> NowAsync(ImapReply reply) => ValueTask.FromResult(reply);

    /// <summary>Ends the session because of what came of a wait.</summary>
    private void Close(LineRead end)
    {
        _isClosed = true;
        if (end == LineRead.Lost)
            ImapLog.Lost(_context.Logger, _peer, null);
        else
            _writer.Untagged(end == LineRead.Stopping ? ImapReplies.ShuttingDown : ImapReplies.TimedOut);
    }

    private async ValueTask TryCloseAsync(ImapReply reply)
    {
        if (_isInAnswer)
            return;
        try
        {
            _writer.Untagged(reply);
            await Connection.EndAsync();
        }
        catch (Exception e)
        {
            ImapLog.Lost(_context.Logger, _peer, e);
        }
    }
}

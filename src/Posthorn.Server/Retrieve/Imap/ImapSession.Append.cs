using System.Buffers;
using Posthorn.Commits;
using Posthorn.Engine;
using Posthorn.Messages;
using Posthorn.Protocols.Imap.Commands;
using Posthorn.Protocols.Imap.Reading;
using Posthorn.Protocols.Imap.Responses;
using Posthorn.Server.Connections;
using Posthorn.Server.Deliver.Mailboxes;
using Posthorn.Server.Operate.Timeline;
using Posthorn.Server.Retrieve.Imap.Messages;
using Posthorn.Server.Retrieve.Imap.Views;
using Posthorn.Server.Retrieve.Mailboxes;
using Posthorn.Server.Spool;

namespace Posthorn.Server.Retrieve.Imap;

/// <content>APPEND (RFC 9051 6.3.12) and MULTIAPPEND (RFC 3502): what comes is one commit at its end, and OK is said behind it.</content>
internal sealed partial class ImapSession
{
    /// <summary>Most bytes of messages that wait in memory for the commit of one APPEND; larger ones wait on disk.</summary>
    private const int AppendBufferBytesMax = 16 << 20;

    private AppendRun? _append;

    /// <summary>A message was announced: takes it, or refuses the whole APPEND before its bytes come.</summary>
    private async ValueTask TakeAppendedAsync(ImapInput.AppendMessage input)
    {
        if (AppendRefusal(input) is { } refusal)
        {
            await DropAppendAsync();
            _reader.RefuseAppend(refusal);
            return;
        }
        var message = new AppendedMessage(input.Header, _context.Engine.CreateBody());
        _append!.Messages.Add(message);
        if (input.Header.IsSynchronizing)
            _writer.Continue("OK");
        try
        {
            if (!await TakeBytesAsync(message))
                return;
            await message.CompleteAsync();
        }
        catch (StorageFullException)
        {
            var left = message.Left;
            await DropAppendAsync();
            _reader.AbandonAppend(SessionReplies.StorageFull, left);
        }
    }

    private ImapReply? AppendRefusal(ImapInput.AppendMessage input)
    {
        if ((ImapVerbs.StatesOf(ImapVerb.Append) & State) == ImapStates.None)
            return ImapReplies.WrongState;
        if (_context.Engine.State is var state and not EngineState.Serving)
            return state == EngineState.Full ? SessionReplies.StorageFull : throw new EngineFailedException("The engine is out of service.");
        if (_append is null)
        {
            if (TargetRefusal(input.Mailbox, out var target) is { } refusal)
                return refusal;
            _append = new AppendRun(target);
        }
        if (input.Header.Size == 0)
            return ImapReply.No("The APPEND was given up."); // RFC 3502 6.3.11
        if (input.Header.Size > Options.MessageBytesMax)
            return ImapReplies.MessageTooBig;
        if (_append.BufferedBytes + input.Header.Size > AppendBufferBytesMax && input.Header.Size <= SmallMail.BytesMax)
            return ImapReply.No(FormattableString.Invariant($"Small messages of one APPEND are {AppendBufferBytesMax >> 20} MiB together at most."), ResponseCodes.Limit);
        return _context.Quota.Check(_append.Target.Queue, _append.Bytes + input.Header.Size) switch
        {
            MailboxRoom.Full => ImapReplies.OverQuota,
            MailboxRoom.TooLarge => ImapReplies.MessageTooBig,
            _ => null,
        };
    }

    /// <summary>Takes a message's bytes; false when the session is over.</summary>
    private async ValueTask<bool> TakeBytesAsync(AppendedMessage message)
    {
        while (message.Left > 0)
        {
            Connection.BeginWait(Options.LoginTimeout);
            var (status, bytes, _) = await Connection.ReadMoreAsync(isBetweenCommands: false);
            Connection.EndWait();
            if (status != LineRead.Complete)
            {
                Close(status);
                return false;
            }
            var taken = bytes.Slice(0, Math.Min(bytes.Length, message.Left));
            try
            {
                await message.TakeAsync(taken);
            }
            finally
            {
                Connection.Advance(taken.End);
            }
        }
        return true;
    }

    private async ValueTask EndAppendAsync(string tag)
    {
        var run = _append ?? throw new InvalidOperationException("No APPEND is under way.");
        ImapReply reply;
        try
        {
            reply = await CommitAppendAsync(run);
        }
        catch (StorageFullException)
        {
            reply = SessionReplies.StorageFull;
        }
        catch (QueueFullException e)
        {
            reply = e.IsMessageTooLarge ? ImapReplies.MessageTooBig : ImapReplies.OverQuota;
        }
        finally
        {
            await DropAppendAsync();
        }
        await TellNewsAsync(mayExpunge: true);
        if (!_isClosed)
            Finish(tag, ImapVerb.Append, reply);
    }

    private async ValueTask<ImapReply> CommitAppendAsync(AppendRun run)
    {
        if (run.Target.IsInbox)
            await MakeInboxAsync(run.Target.Queue);
        var queue = run.Target.Queue;
        // A queue that was removed since the message was announced would be made anew by it.
        if (_context.Engine.Status(queue) is null)
            return ImapReplies.NoSuchMailboxYet;
        var commit = new Commit();
        var messages = run.Messages.Select(m => m.ToMessage(queue, Account.Name, _peer.Address?.ToString())).ToList();
        foreach (var message in messages)
            commit.Add(message);
        // No cancellation: from here on the commit decides, whether or not the client is still there to hear of it.
        var result = await _context.Engine.CommitAsync(commit, CancellationToken.None);
        for (var i = 0; i < messages.Count; i++)
            Accepted(messages[i], result.Added[i].Id, queue);
        _context.Metrics.Appended(messages.Count, run.Bytes);
        ImapLog.Appended(_context.Logger, messages.Count, queue, Account.Name, _peer, run.Bytes);
        if (_context.Engine.Status(queue) is not { } status)
            return SessionReplies.Done; // removed again already, and with it what was appended
        var uids = await UidSpace.OfAsync(_context.Engine, status);
        return ImapReply.Ok("Appended.", ResponseCodes.AppendUid(uids.Validity, result.Added.Select(a => UidOf(uids, a.Number)).ToArray()));
    }

    private void Accepted(NewMessage message, MessageId id, Posthorn.Queues.QueueName queue) =>
        _context.Timeline.Record(new TimelineEvent(TimelineKind.Accepted, id, id, queue, FormattableString.Invariant($"over imap, {message.Content.Length} bytes, account {Account.Name}"))
        {
            MessageIdField = message.Attributes.TryGetValue(Spool.MailAttributes.MessageId, out var field) ? field.Text : null,
            Sender = message.Envelope.Sender,
            Peer = _peer.Address?.ToString(),
            IsOfProgram = true,
        });

    /// <summary>Forgets what was taken of an APPEND, and removes what was written aside for it; after a commit there is nothing to be removed.</summary>
    private async ValueTask DropAppendAsync()
    {
        var run = _append;
        _append = null;
        foreach (var message in run?.Messages ?? [])
            await message.DisposeAsync();
    }

    /// <summary>An APPEND that is under way.</summary>
    private sealed record AppendRun(Mailbox Target)
    {
        public List<AppendedMessage> Messages { get; } = [];

        /// <summary>Bytes of those that stay in memory until the commit.</summary>
        public long BufferedBytes => Messages.Sum(m => m.Size <= SmallMail.BytesMax ? m.Size : 0);

        /// <summary>Bytes of all messages announced so far.</summary>
        public long Bytes => Messages.Sum(m => m.Size);
    }
}

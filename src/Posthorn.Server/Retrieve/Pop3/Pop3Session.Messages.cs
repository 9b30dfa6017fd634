using System.Buffers;
using System.Globalization;
using Posthorn.Engine;
using Posthorn.Protocols.Pop3;
using Posthorn.Protocols.Pop3.Commands;
using Posthorn.Protocols.Pop3.Messages;
using Posthorn.Protocols.Pop3.Session;
using Posthorn.Server.Retrieve.Mailboxes;

namespace Posthorn.Server.Retrieve.Pop3;

/// <content>The TRANSACTION state (RFC 1939 5 and 7), and UPDATE, which is QUIT (6).</content>
internal sealed partial class Pop3Session
{
    /// <summary>How much is read of a message at once.</summary>
    private const int SliceBytes = 32 * 1024;

    /// <summary>How much waits to be sent before the client must have taken it.</summary>
    private const int UnsentBytesMax = 32 * 1024;

    private async ValueTask<Pop3Reply?> ExecuteAsync(Maildrop maildrop, Pop3Command command)
    {
        switch (command.Verb)
        {
            case Pop3Verb.Noop:
                Reply(Pop3Replies.Nothing);
                return null;
            case Pop3Verb.Stat:
                Reply(Pop3Replies.Stat(maildrop.Count, maildrop.Bytes));
                return null;
            case Pop3Verb.Rset:
                foreach (var entry in maildrop.Entries)
                    entry.IsMarked = false;
                Reply(Pop3Replies.Unmarked);
                return null;
            case Pop3Verb.List or Pop3Verb.Uidl when command.Message == 0:
                await ListAsync(maildrop, isUidl: command.Verb == Pop3Verb.Uidl);
                return null;
        }
        if (command.Message > maildrop.Entries.Count)
            return Pop3Replies.NoSuchMessage;
        var message = maildrop.Entries[command.Message - 1];
        if (message.IsMarked)
            return Pop3Replies.MarkedAlready;
        switch (command.Verb)
        {
            case Pop3Verb.List:
                Reply(Pop3Replies.Size(command.Message, message.Length));
                return null;
            case Pop3Verb.Uidl:
                Reply(Pop3Replies.Uid(command.Message, maildrop.UidOf(message)));
                return null;
            case Pop3Verb.Dele:
                message.IsMarked = true;
                Reply(Pop3Replies.Marked);
                return null;
            case Pop3Verb.Retr:
                return await SendAsync(maildrop, message, Pop3Replies.MessageFollows(message.Length), new MessageEncoder());
            case Pop3Verb.Top:
                return await SendAsync(maildrop, message, Pop3Replies.TopFollows, new MessageEncoder(command.Lines));
            default:
                throw new InvalidOperationException($"{command.Verb} is allowed in {_state}, but nothing is known to be done.");
        }
    }

    private async ValueTask ListAsync(Maildrop maildrop, bool isUidl)
    {
        Reply(isUidl ? Pop3Replies.UidsFollow : Pop3Replies.ListFollows(maildrop.Count, maildrop.Bytes));
        for (var i = 0; i < maildrop.Entries.Count; i++)
        {
            var message = maildrop.Entries[i];
            if (message.IsMarked)
                continue;
            Pop3ReplyFormat.WriteLine(Output, string.Create(CultureInfo.InvariantCulture, $"{i + 1} {(isUidl ? maildrop.UidOf(message) : message.Length)}"));
            if (!await MakeRoomAsync())
                return;
        }
        Pop3ReplyFormat.WriteEnd(Output);
    }

    /// <summary>Sends a message, a slice at a time. After the first line nothing but the end of the connection can say that it failed.</summary>
    private async ValueTask<Pop3Reply?> SendAsync(Maildrop maildrop, MaildropEntry entry, Pop3Reply reply, MessageEncoder encoder)
    {
        var message = await _context.Engine.FindAsync(entry.Handle.Message);
        if (message is null || message.Queue != maildrop.Queue || message.Number != entry.Number)
            return Pop3Replies.Gone;
        Stream content;
        try
        {
            content = await MailRendering.Of(message).OpenAsync(_context.Engine, CancellationToken.None);
        }
        catch (BodyLostException e)
        {
            if (await _context.Engine.FindAsync(entry.Handle.Message) is null)
                return Pop3Replies.Gone;
            LogDamaged(_context.Logger, entry.Handle.Message, e);
            return Pop3Replies.Damaged;
        }
        var slice = ArrayPool<byte>.Shared.Rent(SliceBytes);
        await using (content)
        {
            try
            {
                Reply(reply);
                while (!encoder.IsComplete && await content.ReadAsync(slice) is > 0 and var read)
                {
                    encoder.Write(slice.AsSpan(0, read), Output);
                    if (!await MakeRoomAsync())
                        return null;
                }
                encoder.End(Output);
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(slice);
            }
            if (content.Position == content.Length)
            {
                maildrop.Sent(entry);
                _context.Metrics.Retrieved(entry.Length);
            }
        }
        return null;
    }

    /// <summary>Sends what has gathered, when that is enough; false when the client does not take it: the session is over.</summary>
    private async ValueTask<bool> MakeRoomAsync()
    {
        if (Output.UnflushedBytes < UnsentBytesMax || await _connection.FlushAsync(Options.IdleTimeout))
            return true;
        _state = Pop3State.Closed;
        return false;
    }

    /// <summary>Removes what is marked and answers when that is durable.</summary>
    private async ValueTask<Pop3Reply?> QuitAsync()
    {
        if (_maildrop is not { } maildrop)
        {
            Reply(Pop3Replies.Bye);
            return null;
        }
        var marked = maildrop.Entries.Count(e => e.IsMarked);
        var (removed, lost) = await maildrop.RemoveMarkedAsync();
        LogQuit(_context.Logger, _peer, maildrop.Queue, removed, lost);
        if (lost > 0)
            return Pop3Replies.NotAllRemoved;
        // What is left is everybody's again before the client hears that the session is over.
        await CloseMaildropAsync();
        Reply(marked == 0 ? Pop3Replies.Bye : Pop3Replies.Removed(removed));
        return null;
    }
}

using Posthorn.Protocols.Imap.Commands;
using Posthorn.Protocols.Imap.Responses;
using Posthorn.Server.Connections;
using Posthorn.Server.Retrieve.Imap.Messages;
using Posthorn.Server.Retrieve.Imap.Views;

namespace Posthorn.Server.Retrieve.Imap;

/// <content>What a client is told of its mailbox without having asked (RFC 9051 5.2), and IDLE (RFC 2177).</content>
internal sealed partial class ImapSession
{
    private TaskCompletionSource? _woken;

    /// <summary>Wakes an IDLE.</summary>
    public void OnMailboxChanged() => Volatile.Read(ref _woken)?.TrySetResult();

    /// <summary>Tells what has changed: messages that are gone, if they may be told of now, new ones, and flags.</summary>
    /// <param name="mayExpunge">Whether message numbers may change.</param>
    /// <param name="isKnown">Says of changed messages whether the client knows it all; null: of none.</param>
    private async ValueTask TellNewsAsync(bool mayExpunge, Func<ViewedMessage, bool>? isKnown = null)
    {
        if (_selected is not { } selected)
            return;
        if (selected.Promised is not null && !selected.View.IsLoaded && !selected.View.IsGone)
            return; // nobody knows more than the client yet
        await selected.SettleAsync();
        await selected.View.DrainAsync();
        if (selected.View.IsGone)
        {
            if (selected.View.Fault is { } fault)
                ImapLog.Fault(_context.Logger, _peer, fault);
            Refuse(null, SessionReplies.MailboxGone);
            return;
        }
        if (selected.View.Version == selected.VersionKnown && !selected.IsBehind)
            return;
        var changed = new List<ViewedMessage>();
        var (now, version, _) = selected.View.Look(selected.VersionKnown, changed);
        var before = selected.Known;
        var told = before.Count;
        if (mayExpunge)
        {
            told -= TellExpunged(selected, before.MissingIn(now));
            selected.Known = now;
        }
        else
        {
            selected.Known = before.WithAppended(now);
        }
        selected.IsBehind = selected.Known.Count != now.Count;
        if (selected.Known.Count != told)
            TellExists(selected.Known.Count);
        selected.VersionKnown = version;
        foreach (var message in changed)
            await TellChangedAsync(selected, message, before.LastUid, isKnown);
    }

    private int TellExpunged(SelectedMailbox selected, List<(int Sequence, uint Uid)> gone)
    {
        if (gone.Count == 0)
            return 0;
        foreach (var (_, uid) in gone)
            selected.Leases.Forget(uid);
        if (selected.Saved.Count > 0)
            selected.Saved = [.. selected.Saved.Except(gone.Select(g => g.Uid))];
        if (_isQResync)
        {
            _writer.Vanished(NumberRanges.Of([.. gone.Select(g => g.Uid)]), isEarlier: false);
            return gone.Count;
        }
        // Each one moves those behind it up; told from the last to the first, none of the numbers below changes.
        for (var i = gone.Count - 1; i >= 0; i--)
            _writer.Expunge((uint)gone[i].Sequence);
        return gone.Count;
    }

    private void TellExists(int count)
    {
        _writer.Exists(count);
        if (!_isRev2)
            _writer.Recent(0);
    }

    private async ValueTask TellChangedAsync(SelectedMailbox selected, ViewedMessage message, uint lastKnown, Func<ViewedMessage, bool>? isKnown)
    {
        if (message.State != Posthorn.Messages.MessageState.Leased)
            selected.Leases.Expired(message.Uid);
        // Of those that are new the client asks itself.
        if (message.Uid > lastKnown || isKnown?.Invoke(message) == true || selected.Known.SequenceOf(message.Uid) is not (> 0 and var sequence))
            return;
        TellFlags(selected, new MessageNumber(sequence, message.Uid), message, isUid: false, isSilent: false);
        await FlushSomeAsync();
    }

    /// <summary>A FETCH with flags; silent, with the mod-sequence alone.</summary>
    private void TellFlags(SelectedMailbox selected, MessageNumber number, ViewedMessage message, bool isUid, bool isSilent)
    {
        _writer.FetchBegin((uint)number.Sequence);
        // RFC 7162 3.2.4 and RFC 9051 7.5.2: with these the UID comes along.
        if (isUid || _isQResync || _isRev2)
            _writer.FetchUid(number.Uid);
        if (!isSilent)
            _writer.FetchFlags(selected.FlagsOf(message));
        if (_isCondStore)
            _writer.FetchModSeq((ulong)message.ModSeq);
        _writer.FetchEnd();
    }

    /// <summary>Lets what was written leave when there is much of it.</summary>
    private ValueTask FlushSomeAsync() => Connection.Output.UnflushedBytes > FlushBytes ? FlushAsync() : ValueTask.CompletedTask;

    private const int FlushBytes = 16 * 1024;

    private async ValueTask FlushAsync()
    {
        if (!await Connection.FlushAsync(Options.SendTimeout))
            throw new IOException("The client does not take what it asked for.");
    }

    /// <summary>Tells news as they come until the client says DONE.</summary>
    private async ValueTask<ImapReply> IdleAsync()
    {
        _writer.Continue("idling");
        if (_selected is { } selected)
        {
            await selected.Leases.RenewAllAsync();
            selected.View.Add(this);
        }
        try
        {
            await IdleUntilHeardAsync();
            return await EndIdleAsync();
        }
        finally
        {
            _selected?.View.Remove(this);
            Volatile.Write(ref _woken, null);
        }
    }

    private async ValueTask IdleUntilHeardAsync()
    {
        // Nothing may be unsent when the read begins: it would be sent by the read, while news are written.
        await TellNewsAsync(mayExpunge: true);
        await FlushAsync();
        Connection.BeginWait(Options.IdleTimeout);
        var reading = Connection.WaitForMoreAsync();
        while (!_isClosed && !reading.IsCompleted)
        {
            var woken = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Volatile.Write(ref _woken, woken);
            // What came before the signal was set is told now; what comes behind it sets it.
            await TellNewsAsync(mayExpunge: true);
            if (Connection.Output.UnflushedBytes > 0)
            {
                await FlushAsync();
                Connection.BeginWait(Options.IdleTimeout);
            }
            if (!_isClosed)
                await Task.WhenAny(reading, woken.Task);
        }
        if (_isClosed)
            Connection.StopWaiting();
        await reading;
    }

    /// <summary>Whatever comes ends IDLE; only DONE ends it well.</summary>
    private async ValueTask<ImapReply> EndIdleAsync()
    {
        if (_isClosed)
            return SessionReplies.Done;
        var isDone = false;
        switch (await Connection.ReadLineAsync(IdleLineBytesMax, Options.IdleTimeout, line => isDone = System.Text.Ascii.EqualsIgnoreCase(line, "DONE"u8)))
        {
            case LineRead.Complete or LineRead.TooLong:
                return isDone ? SessionReplies.Done : ImapReply.Bad("DONE was expected.");
            case var end:
                Close(end);
                return SessionReplies.Done;
        }
    }

    private const int IdleLineBytesMax = 1_024;
}

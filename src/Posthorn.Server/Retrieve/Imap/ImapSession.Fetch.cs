using Posthorn.Engine;
using Posthorn.Messages;
using Posthorn.Protocols.Imap.Commands;
using Posthorn.Protocols.Imap.Fetching;
using Posthorn.Protocols.Imap.Responses;
using Posthorn.Queues;
using Posthorn.Server.Retrieve.Imap.Messages;
using Posthorn.Server.Retrieve.Imap.Views;

namespace Posthorn.Server.Retrieve.Imap;

/// <content>FETCH (RFC 9051 6.4.5).</content>
internal sealed partial class ImapSession
{
    /// <summary>How many messages are told at once of which the view knows all.</summary>
    private const int ViewedAtOnce = 1_024;

    private async ValueTask<ImapReply> FetchAsync(ImapCommand.Fetch fetch)
    {
        var selected = Selected;
        if (fetch.ChangedSince is not null || fetch.Items.Any(i => i is FetchItem.ModSeq))
            EnableCondStore();
        if (fetch.IsVanished && !_isQResync)
            return ImapReply.Bad("QRESYNC is not enabled.");
        if (!selected.TryResolve(fetch.Messages, fetch.IsUid, out var numbers))
            return ImapReplies.NoSuchMessage;
        await selected.View.DrainAsync();
        if (fetch.IsVanished)
            _writer.Vanished(MissingOf(selected, fetch.Messages, from: 1), isEarlier: true);
        var run = new FetchRun(fetch, selected.IsReadOnly);
        try
        {
            foreach (var chunk in numbers.Chunk(run.NeedsRecords || run.SetsSeen ? RecordsAhead.AtOnceMax : ViewedAtOnce))
                await TellAsync(selected, run, chunk);
        }
        finally
        {
            _context.Metrics.Fetched(run.BytesTold);
        }
        await TellNewsAsync(mayExpunge: fetch.IsUid, run.IsTold);
        return run.HasUnknownEncoding ? ImapReplies.UnknownTransferEncoding
            : run.IsAnyDamaged ? SessionReplies.Damaged
            : run.IsAnyGone && !fetch.IsUid ? ImapReplies.Expunged
            : SessionReplies.Done;
    }

    private async ValueTask TellAsync(SelectedMailbox selected, FetchRun run, MessageNumber[] chunk)
    {
        // Asked for before what is looked at: whatever changes in between is told once more, rather than never.
        var isBehind = selected.View.Version != selected.VersionKnown;
        var viewed = new List<ViewedMessage>(chunk.Length);
        selected.View.Get(Array.ConvertAll(chunk, static c => c.Uid), viewed);
        run.IsAnyGone |= viewed.Count < chunk.Length;
        if (run.ChangedSince is { } since)
            viewed.RemoveAll(m => (ulong)m.ModSeq <= since);
        if (viewed.Count == 0)
            return;
        var seen = run.SetsSeen ? await SetSeenAsync(selected, viewed) : [];
        var uids = selected.View.Uids;
        var records = run.NeedsRecords ? await ReadAsync(selected, run, viewed) : [];
        // All three are in the same order, and each lacks some of what the one before has.
        var (place, next) = (0, 0);
        foreach (var message in viewed)
        {
            while (chunk[place].Uid != message.Uid)
                place++;
            var isSeenNow = seen.Contains(message.Uid);
            if (!run.NeedsRecords)
                await TellAsync(selected, run, chunk[place], message, null, isSeenNow, isBehind);
            else if (next < records.Count && records[next].Number == uids.NumberOf(message.Uid))
                await PrepareAndTellAsync(selected, run, chunk[place], message, records[next++], isSeenNow, isBehind);
            else
                run.IsAnyGone = true;
            await FlushSomeAsync();
        }
    }

    /// <summary>The records of messages, in their order. One that is damaged is left out, and does not stand in the way of others.</summary>
    private async ValueTask<IReadOnlyList<Message>> ReadAsync(SelectedMailbox selected, FetchRun run, List<ViewedMessage> viewed)
    {
        var numbers = viewed.ConvertAll(m => selected.View.Uids.NumberOf(m.Uid));
        try
        {
            return await _context.Engine.ReadAsync(selected.View.Queue, numbers, _closed);
        }
        catch (BodyLostException)
        {
            // Which one, the next look tells.
        }
        var records = new List<Message>(numbers.Count);
        foreach (var number in numbers)
        {
            try
            {
                if (await _context.Engine.FindAsync(selected.View.Queue, number, _closed) is { } record)
                    records.Add(record);
            }
            catch (BodyLostException e)
            {
                CannotBeRead(run, number, selected.View.Queue, e);
            }
        }
        return records;
    }

    private void CannotBeRead(FetchRun run, long number, QueueName queue, BodyLostException e)
    {
        run.IsAnyGone |= !e.IsDamaged;
        run.IsAnyDamaged |= e.IsDamaged;
        if (e.IsDamaged)
            ImapLog.Unreadable(_context.Logger, number, queue, e);
    }

    private async ValueTask PrepareAndTellAsync(
        SelectedMailbox selected, FetchRun run, MessageNumber number, ViewedMessage message, Message record, bool isSeenNow, bool isBehind)
    {
        MessageFetch prepared;
        try
        {
            prepared = await MessageFetch.PrepareAsync(_context, record, run, _closed);
        }
        catch (BodyLostException e)
        {
            CannotBeRead(run, record.Number, record.Queue, e);
            return;
        }
        await using (prepared)
        {
            run.HasUnknownEncoding |= prepared.HasUnknownEncoding;
            if (!prepared.HasUnknownEncoding)
                await TellAsync(selected, run, number, message, prepared, isSeenNow, isBehind);
            run.BytesTold += prepared.BytesTold;
        }
    }

    /// <param name="selected">The mailbox.</param>
    /// <param name="run">What is asked for.</param>
    /// <param name="number">The message.</param>
    /// <param name="message">As it was looked at.</param>
    /// <param name="prepared">What its record tells; null when that is not needed.</param>
    /// <param name="isSeenNow">Whether this command has made it <c>\Seen</c>.</param>
    /// <param name="isBehind">Whether flags have changed of which the client has not heard: what it hears of them now is not told again. Of the others it knows.</param>
    private async ValueTask TellAsync(
        SelectedMailbox selected, FetchRun run, MessageNumber number, ViewedMessage message, MessageFetch? prepared, bool isSeenNow, bool isBehind)
    {
        if (isSeenNow && selected.View.TryGet(number.Uid, out var changed))
            message = changed;
        _isInAnswer = true;
        _writer.FetchBegin((uint)number.Sequence);
        foreach (var item in run.Items)
        {
            switch (item)
            {
                case FetchItem.Uid:
                    _writer.FetchUid(number.Uid);
                    break;
                case FetchItem.Flags:
                    _writer.FetchFlags(selected.FlagsOf(message));
                    break;
                case FetchItem.ModSeq:
                    _writer.FetchModSeq((ulong)message.ModSeq);
                    break;
                case FetchItem.ThreadId:
                    _writer.FetchThreadId(null);
                    break;
                case var _ when prepared!.TryTell(item, _writer):
                    break;
                default:
                    await prepared.TellAsync(item, _writer, FlushSomeAsync, _closed);
                    break;
            }
        }
        if (isSeenNow && !run.HasFlags)
            _writer.FetchFlags(selected.FlagsOf(message));
        if (isSeenNow && _isCondStore && !run.HasModSeq)
            _writer.FetchModSeq((ulong)message.ModSeq);
        _writer.FetchEnd();
        _isInAnswer = false;
        if (isSeenNow || (run.HasFlags && isBehind))
            run.Told(message);
    }

    /// <summary>Who reads a body has seen the message (RFC 9051 6.4.5). Returns those that were not before.</summary>
    private async ValueTask<HashSet<uint>> SetSeenAsync(SelectedMailbox selected, List<ViewedMessage> viewed)
    {
        var unseen = viewed.Where(m => !m.Has(MailFlag.Seen)).ToList();
        if (unseen.Count == 0)
            return [];
        var changes = new MessageChanges { FlagsAdded = [MailFlag.Seen] };
        var outcomes = await MessageCommits.CommitAsync(_context, unseen, (commit, message) => commit.Change(selected.Leases.ReferenceTo(message), changes));
        await selected.View.DrainAsync();
        return [.. unseen.Where((_, i) => outcomes[i] is null).Select(m => m.Uid)];
    }
}

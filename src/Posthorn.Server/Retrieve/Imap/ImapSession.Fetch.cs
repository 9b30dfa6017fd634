using Posthorn.Engine;
using Posthorn.Messages;
using Posthorn.Protocols.Imap.Commands;
using Posthorn.Protocols.Imap.Fetching;
using Posthorn.Protocols.Imap.Responses;
using Posthorn.Server.Retrieve.Imap.Messages;
using Posthorn.Server.Retrieve.Imap.Views;

namespace Posthorn.Server.Retrieve.Imap;

/// <content>FETCH (RFC 9051 6.4.5).</content>
internal sealed partial class ImapSession
{
    /// <summary>How many records are read at once: each may come with a body of 128 KiB.</summary>
    private const int RecordsAtOnce = 16;

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
        foreach (var chunk in numbers.Chunk(run.NeedsRecords || run.SetsSeen ? RecordsAtOnce : ViewedAtOnce))
            await TellAsync(selected, run, chunk);
        await TellNewsAsync(mayExpunge: fetch.IsUid, run.IsTold);
        return run.HasUnknownEncoding ? ImapReplies.UnknownTransferEncoding
            : run.IsAnyDamaged ? SessionReplies.Damaged
            : run.IsAnyGone && !fetch.IsUid ? ImapReplies.Expunged
            : SessionReplies.Done;
    }

    private async ValueTask TellAsync(SelectedMailbox selected, FetchRun run, MessageNumber[] chunk)
    {
        var viewed = new List<ViewedMessage>(chunk.Length);
        selected.View.Get([.. chunk.Select(c => c.Uid)], viewed);
        run.IsAnyGone |= viewed.Count < chunk.Length;
        if (run.ChangedSince is { } since)
            viewed.RemoveAll(m => (ulong)m.ModSeq <= since);
        if (viewed.Count == 0)
            return;
        var seen = run.SetsSeen ? await SetSeenAsync(selected, viewed) : [];
        var records = run.NeedsRecords
            ? (await _context.Engine.ReadAsync(selected.View.Queue, [.. viewed.Select(m => selected.View.Uids.NumberOf(m.Uid))], _closed)).ToDictionary(m => m.Number)
            : [];
        var sequences = chunk.ToDictionary(c => c.Uid, c => c.Sequence);
        foreach (var message in viewed)
        {
            var number = new MessageNumber(sequences[message.Uid], message.Uid);
            if (!run.NeedsRecords)
                await TellAsync(selected, run, number, message, null, seen.Contains(message.Uid));
            else if (records.TryGetValue(selected.View.Uids.NumberOf(message.Uid), out var record))
                await PrepareAndTellAsync(selected, run, number, message, record, seen.Contains(message.Uid));
            else
                run.IsAnyGone = true;
            await FlushSomeAsync();
        }
    }

    private async ValueTask PrepareAndTellAsync(SelectedMailbox selected, FetchRun run, MessageNumber number, ViewedMessage message, Message record, bool isSeenNow)
    {
        MessageFetch prepared;
        try
        {
            prepared = await MessageFetch.PrepareAsync(_context, record, run.Items, _closed);
        }
        catch (BodyLostException e)
        {
            run.IsAnyGone |= !e.IsDamaged;
            run.IsAnyDamaged |= e.IsDamaged;
            if (e.IsDamaged)
                ImapLog.Unreadable(_context.Logger, record.Number, record.Queue, e);
            return;
        }
        await using (prepared)
        {
            run.HasUnknownEncoding |= prepared.HasUnknownEncoding;
            if (!prepared.HasUnknownEncoding)
                await TellAsync(selected, run, number, message, prepared, isSeenNow);
            _context.Metrics.Fetched(prepared.BytesTold);
        }
    }

    private async ValueTask TellAsync(SelectedMailbox selected, FetchRun run, MessageNumber number, ViewedMessage message, MessageFetch? prepared, bool isSeenNow)
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
                default:
                    await prepared!.TellAsync(item, _writer, FlushSomeAsync, _closed);
                    break;
            }
        }
        if (isSeenNow && !run.HasFlags)
            _writer.FetchFlags(selected.FlagsOf(message));
        if (isSeenNow && _isCondStore && !run.HasModSeq)
            _writer.FetchModSeq((ulong)message.ModSeq);
        _writer.FetchEnd();
        _isInAnswer = false;
        if (run.HasFlags || isSeenNow)
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

using System.Diagnostics.CodeAnalysis;
using Posthorn.Commits;
using Posthorn.Protocols.Imap.Commands;
using Posthorn.Protocols.Imap.Responses;
using Posthorn.Queues;
using Posthorn.Server.Retrieve.Imap.Leases;
using Posthorn.Server.Retrieve.Imap.Mailboxes;
using Posthorn.Server.Retrieve.Imap.Views;
using Posthorn.Server.Retrieve.Mailboxes;

namespace Posthorn.Server.Retrieve.Imap;

/// <content>SELECT and EXAMINE (RFC 9051 6.3.2, RFC 7162 3.2.5), and leaving a mailbox.</content>
internal sealed partial class ImapSession
{
    private async ValueTask<ImapReply> SelectAsync(ImapCommand.Select select)
    {
        if (_selected is not { } before)
            return await SelectNextAsync(select);
        // Who selects the same mailbox again finds its view as it was: else it would be closed, and the mailbox be listed anew.
        var held = await _context.Views.EnterAsync(before.View.Queue);
        try
        {
            // RFC 9051 7.1: what follows is not about the mailbox selected so far. A command that fails leaves none selected.
            await LeaveAsync();
            _writer.Untagged(ImapReply.Ok("The mailbox selected before is closed.", ResponseCodes.Closed));
            return await SelectNextAsync(select);
        }
        finally
        {
            if (held is not null)
                await _context.Views.LeaveAsync(held);
        }
    }

    private async ValueTask<ImapReply> SelectNextAsync(ImapCommand.Select select)
    {
        if (select.Resynchronisation is not null && !_isQResync)
            return ImapReply.Bad("QRESYNC is not enabled.");
        if (!TryFind(select.Mailbox, out var mailbox, out var refusal))
            return refusal;
        if (mailbox.IsInbox)
            await MakeInboxAsync(mailbox.Queue);
        if (await _context.Views.EnterAsync(mailbox.Queue) is not { } view)
            return ImapReplies.NoSuchMailbox;
        if (select.IsCondStore)
            EnableCondStore();
        var selected = new SelectedMailbox(mailbox, view, new SessionLeases(_context, view, Account.Name), select.IsReadOnly);
        try
        {
            await KnowAsync(selected, isWhole: select.Resynchronisation is not null);
            Describe(selected);
        }
        catch
        {
            await _context.Views.LeaveAsync(view);
            throw;
        }
        Volatile.Write(ref _selected, selected);
        if (select.Resynchronisation is { } known && known.UidValidity == view.Uids.Validity)
            await ResynchroniseAsync(selected, known);
        return select.IsReadOnly ? ImapReply.Ok("EXAMINE completed.", ResponseCodes.ReadOnly) : ImapReply.Ok("SELECT completed.", ResponseCodes.ReadWrite);
    }

    /// <summary>A large mailbox that is not listed yet is told by the queue's figures (SELECT of a million messages within a millisecond); its list follows.</summary>
    private async ValueTask KnowAsync(SelectedMailbox selected, bool isWhole)
    {
        var view = selected.View;
        if (!isWhole && !view.IsLoaded && _context.Engine.Status(view.Queue) is { } status && view.Uids.TryUid(status.NextNumber, out var next))
        {
            selected.Promised = new PromisedMailbox((int)status.Messages, next, Math.Max(1, status.HighestModSeq));
            return;
        }
        await view.DrainAsync();
        (selected.Known, selected.VersionKnown, _) = view.Look();
    }

    private void Describe(SelectedMailbox selected)
    {
        var view = selected.View;
        var keywords = _context.Engine.FlagCounts(view.Queue).Keys.Select(MailFlag.Canonical).Where(f => !f.StartsWith('\\')).Concat(LeaseKeywords.All)
            .Distinct(StringComparer.OrdinalIgnoreCase).Order(StringComparer.OrdinalIgnoreCase).ToList();
        _writer.Flags([.. MailFlag.System, .. keywords]);
        var permanent = selected.IsReadOnly ? [] : MailFlag.System.Concat(keywords.Where(k => !LeaseKeywords.Contains(k) || k == LeaseKeywords.Lease)).Append("\\*");
        _writer.Untagged(ImapReply.Ok("Flags that are kept.", ResponseCodes.PermanentFlags(permanent)));
        _writer.Exists(selected.Promised?.Count ?? selected.Known.Count);
        if (!_isRev2)
        {
            _writer.Recent(0);
            if (FirstUnseen(selected) is > 0 and var unseen)
                _writer.Untagged(ImapReply.Ok("The first that was not seen.", ResponseCodes.Unseen((uint)unseen)));
        }
        _writer.Untagged(ImapReply.Ok("UIDs are valid.", ResponseCodes.UidValidity(view.Uids.Validity)));
        _writer.Untagged(ImapReply.Ok("The next UID.", ResponseCodes.UidNext(selected.Promised?.UidNext ?? UidNext(view))));
        _writer.Untagged(ImapReply.Ok("The highest mod-sequence.", ResponseCodes.HighestModSeq((ulong)selected.HighestModSeq)));
        _writer.Untagged(ImapReply.Ok("The mailbox's id.", ResponseCodes.MailboxId(MailboxIdOf(view.Uids.Identity))));
        if (_isRev2)
            _writer.List(selected.Mailbox.Name, []);
    }

    /// <summary>The first message without <c>\Seen</c>; 0 when all were seen, or the messages are not listed yet. Most mailboxes have none or it is found soon; a figure saves the search in those that have none.</summary>
    private int FirstUnseen(SelectedMailbox selected)
    {
        var seen = _context.Engine.FlagCounts(selected.View.Queue).GetValueOrDefault(MailFlag.Seen);
        return selected.Promised is not null || seen >= selected.Known.Count ? 0 : selected.Known.SequenceOf(selected.View.FirstWithout(MailFlag.Seen));
    }

    private uint UidNext(MailboxView view)
    {
        var next = _context.Engine.Status(view.Queue)?.NextNumber ?? 0;
        // A message may have come in since the mailbox was looked at: its UID is to be told when it is.
        return view.Uids.TryUid(next, out var uid) ? Math.Max(uid, view.Snapshot.LastUid + 1) : uint.MaxValue;
    }

    /// <summary>Tells what changed since the client was here last: what is gone of the UIDs it knows, and the flags of what was changed (RFC 7162 3.2.5).</summary>
    /// <remarks>
    /// Of what was removed nothing is kept, so all UIDs that the client knows and that are not there are told, those removed earlier too; RFC 7162 3.2.5.1
    /// allows that. A client that gives its message numbers (3.2.5.2) is told of those behind the last that still fit.
    /// </remarks>
    private async ValueTask ResynchroniseAsync(SelectedMailbox selected, QResyncParameters known)
    {
        if ((ulong)selected.View.HighestModSeq <= known.ModSeq)
            return;
        _writer.Vanished(MissingOf(selected, known.KnownUids ?? SequenceSet.All, LastThatFits(selected, known) + 1), isEarlier: true);
        var changed = new List<ViewedMessage>();
        selected.View.ChangedSince((long)Math.Min(known.ModSeq, long.MaxValue), changed);
        foreach (var message in changed)
        {
            if (selected.Known.SequenceOf(message.Uid) is > 0 and var sequence)
                TellFlags(selected, new Messages.MessageNumber(sequence, message.Uid), message, isUid: true, isSilent: false);
            await FlushSomeAsync();
        }
    }

    /// <summary>The last UID up to which the client's message numbers are those of now, so that nothing before it is gone; 0 for none.</summary>
    private static uint LastThatFits(SelectedMailbox selected, QResyncParameters known)
    {
        if (known.KnownSequence is null || known.KnownSequenceUids is null)
            return 0;
        var last = 0u;
        foreach (var (number, uid) in Numbers(known.KnownSequence).Zip(Numbers(known.KnownSequenceUids)))
        {
            if (number > selected.Known.Count || selected.Known.UidAt((int)number) != uid)
                break;
            last = uid;
        }
        return last;

        static IEnumerable<uint> Numbers(SequenceSet set) => set.Resolve(uint.MaxValue).SelectMany(r => Enumerable.Range(0, (int)Math.Min(r.Count, MatchesMax)).Select(i => r.First + (uint)i)).Take(MatchesMax);
    }

    /// <summary>Most pairs of message numbers and UIDs that are compared.</summary>
    private const int MatchesMax = 10_000;

    /// <summary>The UIDs of a set that are not there and have been, from one on.</summary>
    private List<NumberRange> MissingOf(SelectedMailbox selected, SequenceSet set, uint from)
    {
        var missing = new List<NumberRange>();
        var end = UidNext(selected.View);
        foreach (var range in set.Resolve(end - 1))
        {
            var next = Math.Max(range.First, from);
            var last = Math.Min(range.Last, end - 1);
            if (next > last)
                continue;
            foreach (var (_, uid) in selected.Known.Range(selected.Known.FirstFrom(next), selected.Known.Count))
            {
                if (uid > last)
                    break;
                if (uid > next)
                    missing.Add(new NumberRange(next, uid - 1));
                next = uid + 1;
            }
            if (next <= last)
                missing.Add(new NumberRange(next, last));
        }
        return missing;
    }

    /// <summary>Leaves the selected mailbox; what was claimed in it is given back.</summary>
    private async ValueTask LeaveAsync()
    {
        if (_selected is not { } selected)
            return;
        Volatile.Write(ref _selected, null);
        selected.View.Remove(this);
        await selected.Leases.GiveBackAllAsync();
        await _context.Views.LeaveAsync(selected.View);
    }

    /// <summary>The mailbox of a name that the account may see; it need not exist yet.</summary>
    private bool TryFind(string name, [NotNullWhen(true)] out Mailbox? mailbox, [NotNullWhen(false)] out ImapReply? refusal)
    {
        refusal = null;
        if (_context.Access.TryFind(Account, name, out mailbox, out var reason))
            return true;
        refusal = SessionReplies.Cannot(reason);
        return false;
    }

    private bool Exists(Mailbox mailbox) => mailbox.IsInbox || _context.Engine.Status(mailbox.Queue) is not null;

    /// <summary>INBOX is always there (RFC 9051 5.1): its queue is made when a client first looks, as its first message would.</summary>
    private async ValueTask MakeInboxAsync(QueueName queue)
    {
        if (_context.Engine.Status(queue) is null)
            await _context.Engine.CommitAsync(new Commit().MakeQueue(queue, _context.Server.Queues.GetValueOrDefault(queue) ?? QueuePolicy.Default), CancellationToken.None);
    }

    /// <summary>MAILBOXID (RFC 8474 4): another one for a mailbox that is made anew.</summary>
    private static string MailboxIdOf(long identity) => FormattableString.Invariant($"F{identity}");
}

using Posthorn.Commits;
using Posthorn.Messages;
using Posthorn.Protocols.Imap.Commands;
using Posthorn.Protocols.Imap.Responses;
using Posthorn.Queues;
using Posthorn.Server.Retrieve.Imap.Mailboxes;
using Posthorn.Server.Retrieve.Imap.Views;
using Posthorn.Server.Retrieve.Mailboxes;

namespace Posthorn.Server.Retrieve.Imap;

/// <content>Making, removing, renaming and subscribing to mailboxes; their figures and quotas.</content>
internal sealed partial class ImapSession
{
    /// <summary>Most names an account may be subscribed to: its notes are one document.</summary>
    private const int SubscriptionsMax = 1_000;

    private async ValueTask<ImapReply> CreateAsync(ImapCommand.Create create)
    {
        if (!TryFind(create.Mailbox, out var mailbox, out var refusal))
            return refusal;
        if (MailboxAccess.WhyNotCreate(mailbox) is { } reason)
            return SessionReplies.Cannot(reason);
        if (Exists(mailbox))
            return ImapReply.No("There is one of that name.", ResponseCodes.AlreadyExists);
        string? use = null;
        if (create.SpecialUses.Count > 0)
        {
            use = create.SpecialUses.Count == 1 && mailbox.IsOwn ? SpecialUses.Find(create.SpecialUses[0]) : null;
            if (use is null || IsTaken(use))
                return ImapReply.No("No mailbox can be made for that use.", ResponseCodes.UseAttribute);
        }
        Action<Commit> make = commit => commit.MakeQueue(mailbox.Queue, _context.Server.Queues.GetValueOrDefault(mailbox.Queue) ?? QueuePolicy.Default);
        await _context.Notes.ChangeAsync(Account.Name, notes => use is null ? notes : notes.WithUse(mailbox.Name, use), make);
        ImapLog.MailboxesChanged(_context.Logger, Account.Name, _peer, $"made the queue '{mailbox.Queue}'");
        var identity = _context.Engine.Status(mailbox.Queue)?.Identity ?? 0;
        return ImapReply.Ok("Created.", ResponseCodes.MailboxId(MailboxIdOf(identity)));
    }

    /// <summary>Whether another mailbox is used so: one of the usual name, or one that was made for it.</summary>
    private bool IsTaken(string use)
    {
        var notes = _context.Notes.Of(Account.Name);
        return _context.Access.List(Account).Any(m => SpecialUses.Of(m.Name, m.IsOwn, notes) == use);
    }

    private async ValueTask<ImapReply> DeleteAsync(ImapCommand.Delete delete)
    {
        if (!TryFind(delete.Mailbox, out var mailbox, out var refusal))
            return refusal;
        if (MailboxAccess.WhyNotDelete(Account, mailbox) is { } reason)
            return mailbox.IsInbox ? SessionReplies.Cannot(reason) : SessionReplies.NoPermission(reason);
        if (!Exists(mailbox))
        {
            return HasChildren(mailbox)
                ? ImapReply.No("It has no messages, only mailboxes below it; remove those.", ResponseCodes.HasChildren)
                : ImapReplies.NoSuchMailbox;
        }
        await LeaveBeforeAsync(mailbox.Queue);
        await _context.Notes.ChangeAsync(Account.Name, notes => notes.WithUse(mailbox.Name, null), commit => commit.DeleteQueue(mailbox.Queue));
        ImapLog.MailboxesChanged(_context.Logger, Account.Name, _peer, $"removed the queue '{mailbox.Queue}' with its messages");
        return SessionReplies.Done;
    }

    /// <summary>A client that removes or renames what it has selected itself has nothing selected afterwards; all others get BYE.</summary>
    private async ValueTask LeaveBeforeAsync(QueueName removed)
    {
        if (_selected is not { } selected || (selected.View.Queue != removed && !selected.View.Queue.IsBelow(removed)))
            return;
        await LeaveAsync();
        _writer.Untagged(ImapReply.Ok("The selected mailbox is closed.", ResponseCodes.Closed));
    }

    private bool HasChildren(Mailbox mailbox) =>
        _context.Access.List(Account).Any(m => m.Name.StartsWith(mailbox.Name + MailboxAccess.Separator, StringComparison.Ordinal));

    /// <summary>
    /// RENAME. A queue cannot change its name: its messages are moved to a new one (<see cref="MailboxRename"/>), in one commit when they are not too many.
    /// Else a crash leaves each of them in one of both, and the same RENAME goes on with the rest. UIDVALIDITY is another one (RFC 9051 6.3.6 allows it).
    /// Of INBOX the messages are moved, and it stays.
    /// </summary>
    private async ValueTask<ImapReply> RenameAsync(ImapCommand.Rename rename)
    {
        if (!TryFind(rename.Mailbox, out var from, out var refusal) || !TryFind(rename.NewName, out var to, out refusal))
            return refusal;
        if (!from.IsInbox && MailboxAccess.WhyNotDelete(Account, from) is { } mayNot)
            return SessionReplies.NoPermission(mayNot);
        if (MailboxAccess.WhyNotCreate(to) is { } cannot)
            return SessionReplies.Cannot(cannot);
        if (Exists(to) || HasChildren(to))
            return ImapReply.No("There is one of that name.", ResponseCodes.AlreadyExists);
        if (to.Queue.IsBelow(from.Queue) && !from.IsInbox)
            return SessionReplies.Cannot("A mailbox cannot be renamed to one below itself.");
        var moves = new List<RenamedMailbox>();
        if (Exists(from))
            moves.Add(new RenamedMailbox(from, to.Queue, to.Name));
        if (!from.IsInbox)
        {
            foreach (var child in _context.Access.List(Account).Where(m => m.Queue.IsBelow(from.Queue)))
            {
                if (!QueueName.TryParse(to.Queue.Value + child.Queue.Value[from.Queue.Value.Length..], out var queue, out var reason))
                    return SessionReplies.Cannot(reason);
                moves.Add(new RenamedMailbox(child, queue, to.Name + child.Name[Math.Min(child.Name.Length, from.Name.Length)..]));
            }
        }
        if (moves.Count == 0)
            return ImapReplies.NoSuchMailbox;
        if (!from.IsInbox)
            await LeaveBeforeAsync(from.Queue);
        if (!await MailboxRename.RunAsync(_context, Account.Name, moves))
            return ImapReply.No("More messages come in than can be moved; try again.", ResponseCodes.InUse);
        ImapLog.MailboxesChanged(_context.Logger, Account.Name, _peer, $"renamed the queue '{from.Queue}' to '{to.Queue}'");
        return SessionReplies.Done;
    }

    private async ValueTask<ImapReply> SubscribeAsync(string name, bool isSubscribed)
    {
        // UNSUBSCRIBE works on any name, SUBSCRIBE on one that may be seen (RFC 9051 6.3.7 lets us check).
        if (isSubscribed && !TryFind(name, out _, out var refusal))
            return refusal;
        if (isSubscribed && _context.Notes.Of(Account.Name).Subscribed.Count >= SubscriptionsMax)
            return ImapReply.No("The account is subscribed to as many mailboxes as it may be.", ResponseCodes.Limit);
        try
        {
            await _context.Notes.ChangeAsync(Account.Name, notes => isSubscribed ? notes.WithSubscribed(name) : notes.WithoutSubscribed(name));
        }
        catch (ArgumentException)
        {
            return ImapReply.No("The names of all subscriptions together are too long.", ResponseCodes.Limit);
        }
        return SessionReplies.Done;
    }

    private async ValueTask<ImapReply> StatusAsync(ImapCommand.Status status)
    {
        if (!TryFind(status.Mailbox, out var mailbox, out var refusal))
            return refusal;
        return await TellStatusAsync(mailbox, status.Items) ? SessionReplies.Done : ImapReplies.NoSuchMailbox;
    }

    /// <summary>Tells figures that the engine keeps; no message is looked at. False when there is no such mailbox.</summary>
    private async ValueTask<bool> TellStatusAsync(Mailbox mailbox, IReadOnlyList<StatusItem> items)
    {
        if (mailbox.IsInbox)
            await MakeInboxAsync(mailbox.Queue);
        if (_context.Engine.Status(mailbox.Queue) is not { } queue)
            return false;
        if (items.Contains(StatusItem.HighestModSeq))
            EnableCondStore();
        var uids = await UidSpace.OfAsync(_context.Engine, queue);
        var deletedBytes = items.Contains(StatusItem.DeletedStorage) ? await DeletedBytesAsync(mailbox.Queue) : 0;
        var counts = _context.Engine.FlagCounts(mailbox.Queue);
        var values = items.Where(i => i != StatusItem.MailboxId).Select(item => new KeyValuePair<StatusItem, long?>(item, item switch
        {
            StatusItem.Messages => queue.Messages,
            StatusItem.Recent => 0,
            StatusItem.UidNext => uids.TryUid(queue.NextNumber, out var next) ? next : uint.MaxValue,
            StatusItem.UidValidity => uids.Validity,
            StatusItem.Unseen => queue.Messages - counts.GetValueOrDefault(MailFlag.Seen),
            StatusItem.Deleted => counts.GetValueOrDefault(MailFlag.Deleted),
            StatusItem.Size => queue.Bytes,
            StatusItem.HighestModSeq => Math.Max(1, queue.HighestModSeq),
            StatusItem.AppendLimit => Math.Min(Options.MessageBytesMax, queue.Policy.MessageBytesMax ?? long.MaxValue),
            StatusItem.DeletedStorage => (deletedBytes + 1_023) / 1_024,
            _ => throw new InvalidOperationException($"{item} is asked for, but nothing is known of it."),
        }));
        _writer.Status(mailbox.Name, values, items.Contains(StatusItem.MailboxId) ? MailboxIdOf(queue.Identity) : null);
        return true;
    }

    /// <summary>No figure: the messages are listed.</summary>
    private async ValueTask<long> DeletedBytesAsync(QueueName queue)
    {
        const int step = 10_000;
        long bytes = 0;
        for (long from = 0; ;)
        {
            var listed = await _context.Engine.ListAsync(queue, from, step);
            bytes += listed.Where(m => m.Flags.Contains(MailFlag.Deleted, StringComparer.OrdinalIgnoreCase)).Sum(m => m.Length);
            if (listed.Count < step)
                return bytes;
            from = listed[^1].Number + 1;
        }
    }

    private ImapReply GetQuota(string root)
    {
        // A root is a queue by its name in the store; it limits itself alone.
        if (!QueueName.TryParse(root, out var queue, out _) || _context.Access.Of(Account, queue) is null || _context.Engine.Status(queue) is not { } status)
            return ImapReply.No("There is no such quota root.", ResponseCodes.NonExistent);
        TellQuota(status);
        return SessionReplies.Done;
    }

    private ImapReply GetQuotaRoot(string name)
    {
        if (!TryFind(name, out var mailbox, out var refusal))
            return refusal;
        if (!Exists(mailbox))
            return ImapReplies.NoSuchMailbox;
        var status = _context.Engine.Status(mailbox.Queue);
        var isLimited = status?.Policy is { BytesMax: not null } or { MessagesMax: not null };
        _writer.QuotaRoot(mailbox.Name, isLimited ? [mailbox.Queue.Value] : []);
        if (isLimited)
            TellQuota(status!);
        return SessionReplies.Done;
    }

    private void TellQuota(QueueStatus status)
    {
        var resources = new List<(string, long, long)>();
        if (status.Policy.BytesMax is { } bytes)
            resources.Add(("STORAGE", (status.Bytes + 1_023) / 1_024, bytes / 1_024)); // RFC 9208 5.1
        if (status.Policy.MessagesMax is { } messages)
            resources.Add(("MESSAGE", status.Messages, messages));
        _writer.Quota(status.Name.Value, resources);
    }
}

using Posthorn.Commits;
using Posthorn.Messages;
using Posthorn.Protocols.Imap.Commands;
using Posthorn.Protocols.Imap.Responses;
using Posthorn.Queues;
using Posthorn.Server.Operate.Timeline;
using Posthorn.Server.Retrieve.Imap.Messages;
using Posthorn.Server.Retrieve.Imap.Views;
using Posthorn.Server.Retrieve.Mailboxes;

namespace Posthorn.Server.Retrieve.Imap;

/// <content>COPY (RFC 9051 6.4.7) and MOVE (RFC 6851).</content>
internal sealed partial class ImapSession
{
    /// <summary>How many records are read for one commit: each may come with a body of 128 KiB.</summary>
    private const int TransferredAtOnce = 250;

    private async ValueTask<ImapReply> CopyAsync(ImapCommand.Copy copy)
    {
        var selected = Selected;
        if (!selected.TryResolve(copy.Messages, copy.IsUid, out var numbers))
            return ImapReplies.NoSuchMessage;
        if (TargetRefusal(copy.Mailbox, out var target) is { } refusal)
            return refusal;
        var sources = new List<uint>();
        var added = new List<AddedMessage>();
        try
        {
            foreach (var chunk in numbers.Chunk(TransferredAtOnce))
            {
                var messages = await ReadAsync(selected, chunk);
                if (messages.Count == 0)
                    continue;
                var commit = new Commit();
                foreach (var message in messages)
                    commit.Add(MovedMessage.Copy(message, target.Queue));
                var result = await _context.Engine.CommitAsync(commit, CancellationToken.None);
                added.AddRange(result.Added);
                sources.AddRange(messages.Select(m => UidOf(selected.View.Uids, m.Number)));
                Copied(messages, result.Added, target);
            }
        }
        catch (Exception e) when (e is Posthorn.Engine.QueueFullException or Posthorn.Engine.StorageFullException && added.Count > 0)
        {
            // All or none (RFC 9051 6.4.7): what earlier commits copied goes again.
            await MessageCommits.CommitAsync(_context, added, (commit, one) => commit.Discard(one.Id));
            throw;
        }
        if (sources.Count == 0)
            return numbers.Count > 0 && !copy.IsUid ? ImapReplies.Expunged : ImapReply.Ok("Nothing was copied.");
        return ImapReply.Ok("Copied.", await CopyUidAsync(target.Queue, sources, [.. added.Select(a => a.Number)]));
    }

    private async ValueTask<ImapReply> MoveAsync(ImapCommand.Move move)
    {
        var selected = Selected;
        if (selected.IsReadOnly)
            return ImapReplies.ReadOnlyMailbox;
        if (!selected.TryResolve(move.Messages, move.IsUid, out var numbers))
            return ImapReplies.NoSuchMessage;
        if (TargetRefusal(move.Mailbox, out var target) is { } refusal)
            return refusal;
        await selected.View.DrainAsync();
        var (sources, copies) = (new List<uint>(), new List<long>());
        var lost = 0;
        foreach (var chunk in numbers.Chunk(TransferredAtOnce))
        {
            var messages = await ReadAsync(selected, chunk);
            var outcomes = await MessageCommits.CommitAsync(
                _context,
                messages,
                (commit, message) => commit.Move(ReferenceTo(selected, message), target.Queue, MovedMessage.Changes(message)),
                (done, result) =>
                {
                    Moved(selected, done, target);
                    sources.AddRange(done.Select(m => UidOf(selected.View.Uids, m.Number)));
                    copies.AddRange(result.Moved.Select(m => m.Number));
                });
            lost += outcomes.Count(o => o == ConflictReason.LeaseEnded);
        }
        // RFC 6851 4.3: before the client hears that they are gone from here.
        if (sources.Count > 0)
            _writer.Untagged(ImapReply.Ok("Moved.", await CopyUidAsync(target.Queue, sources, copies)));
        await TellNewsAsync(mayExpunge: true);
        if (lost > 0)
            return ImapReply.No(FormattableString.Invariant($"The lease on {lost} of the messages has ended; they are still there."), ResponseCodes.ExpungeIssued);
        return sources.Count < numbers.Count && !move.IsUid ? ImapReplies.Expunged : SessionReplies.Done;
    }

    /// <summary>The records of messages; those that are gone are left out.</summary>
    private ValueTask<IReadOnlyList<Message>> ReadAsync(SelectedMailbox selected, IReadOnlyCollection<MessageNumber> numbers) =>
        _context.Engine.ReadAsync(selected.View.Queue, [.. numbers.Select(n => selected.View.Uids.NumberOf(n.Uid))]);

    private ImapReply? TargetRefusal(string name, out Mailbox target)
    {
        if (!TryFind(name, out var found, out var refusal))
        {
            target = null!;
            return refusal;
        }
        target = found;
        return Exists(found) ? null : MailboxAccess.WhyNotCreate(found) is { } reason ? SessionReplies.Cannot(reason) : ImapReplies.NoSuchMailboxYet;
    }

    private static MessageReference ReferenceTo(SelectedMailbox selected, Message message) =>
        selected.Leases.ReferenceTo(new ViewedMessage(UidOf(selected.View.Uids, message.Number), message.Id, message.ModSeq, message.Flags, message.State));

    private async ValueTask<string> CopyUidAsync(QueueName target, List<uint> sources, IReadOnlyList<long> numbers)
    {
        // It was there just now; a queue that was removed meanwhile has taken the copies with it, and what it was is told.
        var uids = _context.Engine.Status(target) is { } status ? await UidSpace.OfAsync(_context.Engine, status) : default;
        return ResponseCodes.CopyUid(uids.Validity, sources.ToArray(), numbers.Select(n => UidOf(uids, n)).ToArray());
    }

    private static uint UidOf(UidSpace uids, long number) => uids.TryUid(number, out var uid) ? uid : uint.MaxValue;

    private void Copied(IReadOnlyList<Message> messages, IReadOnlyList<AddedMessage> added, Mailbox target)
    {
        for (var i = 0; i < messages.Count; i++)
            _context.Record(TimelineKind.Queued, added[i].Id, messages[i].Origin, target.Queue, $"copied from '{messages[i].Queue}' by imap, account {Account.Name}");
    }

    private void Moved(SelectedMailbox selected, IReadOnlyList<Message> messages, Mailbox target)
    {
        foreach (var message in messages)
        {
            _context.Record(TimelineKind.Queued, message.Id, message.Origin, target.Queue, $"moved from '{message.Queue}' by imap, account {Account.Name}");
            selected.Leases.Forget(UidOf(selected.View.Uids, message.Number));
        }
    }
}

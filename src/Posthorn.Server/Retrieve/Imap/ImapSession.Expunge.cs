using Posthorn.Commits;
using Posthorn.Messages;
using Posthorn.Protocols.Imap.Commands;
using Posthorn.Protocols.Imap.Responses;
using Posthorn.Server.Operate.Timeline;
using Posthorn.Server.Retrieve.Imap.Messages;
using Posthorn.Server.Retrieve.Imap.Views;

namespace Posthorn.Server.Retrieve.Imap;

/// <content>EXPUNGE, UID EXPUNGE and CLOSE (RFC 9051 6.4.2, 6.4.3): the ack.</content>
internal sealed partial class ImapSession
{
    private async ValueTask<ImapReply> ExpungeAsync(SequenceSet? uids)
    {
        var selected = Selected;
        if (selected.IsReadOnly)
            return ImapReplies.ReadOnlyMailbox;
        var isChosen = default(Func<uint, bool>);
        if (uids is not null && selected.TryResolve(uids, isUid: true, out var numbers))
            isChosen = numbers.Select(n => n.Uid).ToHashSet().Contains;
        var lost = await RemoveDeletedAsync(selected, isChosen);
        await TellNewsAsync(mayExpunge: true);
        if (lost > 0)
            return ImapReply.No(FormattableString.Invariant($"The lease on {lost} of the messages has ended; they are still there."), ResponseCodes.ExpungeIssued);
        // RFC 7162 3.2.7: where the mailbox stands behind it.
        return _isQResync ? ImapReply.Ok("Done.", ResponseCodes.HighestModSeq((ulong)selected.View.HighestModSeq)) : SessionReplies.Done;
    }

    private async ValueTask<ImapReply> CloseAsync()
    {
        var selected = Selected;
        if (!selected.IsReadOnly)
            await RemoveDeletedAsync(selected, isChosen: null);
        await LeaveAsync();
        return SessionReplies.Done;
    }

    /// <summary>Removes what has <c>\Deleted</c> and is known to the client. What this session has claimed goes by its lease.</summary>
    /// <returns>How many stayed because their lease has ended.</returns>
    private async ValueTask<int> RemoveDeletedAsync(SelectedMailbox selected, Func<uint, bool>? isChosen)
    {
        var lost = new HashSet<uint>();
        while (true)
        {
            await selected.View.DrainAsync();
            var deleted = new List<ViewedMessage>();
            selected.View.With(MailFlag.Deleted, deleted);
            deleted.RemoveAll(m => m.Uid > selected.Known.LastUid || isChosen?.Invoke(m.Uid) == false || lost.Contains(m.Uid));
            if (deleted.Count == 0)
                return lost.Count;
            // Removed as it was seen: if somebody took the flag away at this moment, it stays.
            var outcomes = await MessageCommits.CommitAsync(
                _context, deleted, (commit, message) => commit.Remove(selected.Leases.ReferenceTo(message).IfUnchangedSince(message.ModSeq)), (done, _) => Consumed(selected, done));
            for (var i = 0; i < outcomes.Length; i++)
            {
                if (outcomes[i] != ConflictReason.LeaseEnded)
                    continue;
                selected.Leases.Expired(deleted[i].Uid);
                lost.Add(deleted[i].Uid);
            }
        }
    }

    private void Consumed(SelectedMailbox selected, IReadOnlyList<ViewedMessage> messages)
    {
        foreach (var message in messages)
        {
            _context.Record(
                TimelineKind.Consumed, message.Id, selected.Leases.OriginOf(message), selected.View.Queue, $"by imap, account {Account.Name}");
            selected.Leases.Forget(message.Uid);
        }
    }
}

using Posthorn.Commits;
using Posthorn.Messages;
using Posthorn.Protocols.Imap.Commands;
using Posthorn.Protocols.Imap.Responses;
using Posthorn.Server.Retrieve.Imap.Leases;
using Posthorn.Server.Retrieve.Imap.Messages;
using Posthorn.Server.Retrieve.Imap.Views;

namespace Posthorn.Server.Retrieve.Imap;

/// <content>STORE (RFC 9051 6.4.6, RFC 7162 3.1.3), and the claim, which is a lease.</content>
internal sealed partial class ImapSession
{
    private async ValueTask<ImapReply> StoreAsync(ImapCommand.Store store)
    {
        var selected = Selected;
        if (selected.IsReadOnly)
            return ImapReplies.ReadOnlyMailbox;
        if (store.UnchangedSince is not null)
            EnableCondStore();
        if (!selected.TryResolve(store.Messages, store.IsUid, out var numbers))
            return ImapReplies.NoSuchMessage;
        await selected.View.DrainAsync();
        var run = new StoreRun(_context, selected, store, numbers);
        await run.RunAsync();
        await selected.View.DrainAsync();
        await TellStoredAsync(selected, store, run);
        return ReplyOf(store, run);
    }

    /// <summary>Tells the outcome, and with it what others did meanwhile; of what a silent STORE did nothing but, with CONDSTORE, the mod-sequence.</summary>
    private async ValueTask TellStoredAsync(SelectedMailbox selected, ImapCommand.Store store, StoreRun run)
    {
        var told = new HashSet<uint>();
        foreach (var (number, expected) in run.Stored)
        {
            if (!selected.View.TryGet(number.Uid, out var message))
                continue;
            var isSilent = store.Action.IsSilent && StoreRun.HasJust(message, expected);
            if (!isSilent || _isCondStore)
                TellFlags(selected, number, message, store.IsUid, isSilent);
            told.Add(number.Uid);
            await FlushSomeAsync();
        }
        await TellNewsAsync(mayExpunge: store.IsUid, message => told.Contains(message.Uid));
    }

    private static ImapReply ReplyOf(ImapCommand.Store store, StoreRun run)
    {
        if (run.Modified.Count > 0 && store.UnchangedSince is not null)
        {
            var numbers = run.Modified.Select(m => store.IsUid ? m.Uid : (uint)m.Sequence).Order().ToArray();
            var code = ResponseCodes.Modified(numbers);
            return run.IsAnyGone ? ImapReply.No("Some of the messages no longer exist.", code) : ImapReply.Ok("Conditional STORE failed for some.", code);
        }
        if (run.Refused > 0)
            return ImapReply.No(FormattableString.Invariant($"{run.Refused} of the messages cannot be claimed: others hold them, or they are not due."), ResponseCodes.InUse);
        if (run.Lost > 0)
            return ImapReply.No(FormattableString.Invariant($"The lease on {run.Lost} of the messages has ended; nothing was changed on them."), ResponseCodes.InUse);
        return run.IsAnyGone && !store.IsUid ? ImapReplies.Expunged : SessionReplies.Done;
    }
}

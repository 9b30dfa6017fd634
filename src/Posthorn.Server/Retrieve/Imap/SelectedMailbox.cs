using System.Diagnostics.CodeAnalysis;
using Posthorn.Messages;
using Posthorn.Protocols.Imap.Commands;
using Posthorn.Server.Retrieve.Imap.Leases;
using Posthorn.Server.Retrieve.Imap.Messages;
using Posthorn.Server.Retrieve.Imap.Views;
using Posthorn.Server.Retrieve.Mailboxes;

namespace Posthorn.Server.Retrieve.Imap;

/// <summary>The mailbox that a session has selected, as its client knows it: what it was told last, and what is its own.</summary>
internal sealed class SelectedMailbox(Mailbox mailbox, MailboxView view, SessionLeases leases, bool isReadOnly)
{
    public Mailbox Mailbox => mailbox;

    public MailboxView View => view;

    public SessionLeases Leases => leases;

    /// <summary>Whether it was EXAMINEd.</summary>
    public bool IsReadOnly => isReadOnly;

    /// <summary>What the client was told, and <see cref="Known"/> is to be; null once it is.</summary>
    public PromisedMailbox? Promised { get; set; }

    public long HighestModSeq => Promised?.HighestModSeq ?? view.HighestModSeq;

    /// <summary>What sequence numbers stand for.</summary>
    public MailboxSnapshot Known { get; set; } = MailboxSnapshot.Empty;

    /// <summary>The view's version that the client knows all changes up to.</summary>
    public long VersionKnown { get; set; }

    /// <summary>Whether the client knows of other messages than there are, because it could not be told so far.</summary>
    public bool IsBehind { get; set; }

    /// <summary>The saved result of a search, <c>$</c> (RFC 5182), as UIDs in ascending order.</summary>
    public IReadOnlyList<uint> Saved { get; set; } = [];

    /// <summary>What was promised by figures becomes numbers of messages; waits until they are listed.</summary>
    public async ValueTask SettleAsync()
    {
        if (Promised is not { } promised)
            return;
        await view.DrainAsync();
        (var now, VersionKnown, _) = view.Look();
        Known = now.AsPromised(promised.Count, promised.UidNext);
        IsBehind = Known != now;
        Promised = null;
    }

    /// <summary>The messages of a set, ascending; those that are not there are left out.</summary>
    /// <param name="set">As the client wrote it.</param>
    /// <param name="isUid">Whether it is of UIDs.</param>
    /// <param name="messages">The messages.</param>
    /// <returns>False for a set of message numbers some of which are not there: the client's fault.</returns>
    public bool TryResolve(SequenceSet set, bool isUid, [NotNullWhen(true)] out List<MessageNumber>? messages)
    {
        messages = null;
        if (set.IsSaved)
        {
            messages = [.. Saved.Select(uid => new MessageNumber(Known.SequenceOf(uid), uid)).Where(m => m.Sequence > 0)];
            return true;
        }
        if (!isUid && set.Reaches((uint)Known.Count))
            return false;
        messages = [];
        foreach (var range in set.Resolve(isUid ? Known.LastUid : (uint)Known.Count))
        {
            var first = isUid ? Known.FirstFrom(range.First) : (int)range.First;
            var last = !isUid ? (int)range.Last : range.Last == uint.MaxValue ? Known.Count : Known.FirstFrom(range.Last + 1) - 1;
            foreach (var (sequence, uid) in Known.Range(first, last))
                messages.Add(new MessageNumber(sequence, uid));
        }
        return true;
    }

    /// <summary>The flags of a message as this session shows them: those that are kept, and the keyword of its state.</summary>
    public IReadOnlyList<string> FlagsOf(ViewedMessage message)
    {
        var keyword = LeaseKeywords.Of(message.State, message.State == MessageState.Leased && leases.Holds(message.Uid));
        if (message.Flags.Count == 0 && keyword is null)
            return [];
        var shown = new List<string>(message.Flags.Count + 1);
        foreach (var flag in message.Flags)
        {
            if (!LeaseKeywords.Contains(flag))
                shown.Add(MailFlag.Canonical(flag));
        }
        if (keyword is not null)
            shown.Add(keyword);
        return shown;
    }
}

using System.Diagnostics.CodeAnalysis;
using Posthorn.Engine;
using Posthorn.Queues;
using Posthorn.Server.Deliver.Mailboxes;
using Posthorn.Server.Operate.Accounts;

namespace Posthorn.Server.Retrieve.Mailboxes;

/// <summary>Which queues an account sees through IMAP and POP3, and by which names.</summary>
/// <remarks>
/// <list type="bullet">
/// <item><c>INBOX</c> (in any case) is the queue named after the account. It is there before that queue is: the first message makes it.</item>
/// <item>What lies below that queue are the account's folders: <c>Archive/2026</c> is <c>billing/Archive/2026</c>.</item>
/// <item>Every other queue that it may use (<see cref="QueueAccess"/>) appears by the queue's own name, <c>invoices</c>; of an administrator that is every
/// queue. Where a folder of its own has that name the folder comes first, and the queue is <c>#queue/invoices</c>, which every queue is at any time.</item>
/// <item>The mail path (<c>spool/…</c>) is shown to nobody, administrators included, as it is over SQS: a lease there would hold mail up, an EXPUNGE lose it.
/// The commands of <c>posthorn message</c> and <c>posthorn queue</c> look at it and steer it.</item>
/// </list>
/// A mail that was sent to a sub-address (<c>billing+tag@…</c>) is in INBOX; a rule under <c>addresses</c> leads it to a folder, as to any queue.
/// </remarks>
internal sealed class MailboxAccess(IEngine engine, IAccounts accounts, IAccessKeys rights, IAddressBook addresses)
{
    public const string InboxName = "INBOX";

    /// <summary>Parts the levels of the hierarchy.</summary>
    public const char Separator = '/';

    /// <summary>In front of a queue's whole name; a mailbox name that begins so is nothing else (RFC 3501 5.1.2 keeps the sign for such names).</summary>
    public const string QueuePrefix = "#queue/";

    /// <summary>The account's own queue; null when its name can be no queue's, or is one of the mail path.</summary>
    /// <remarks>
    /// Without configured accounts every user name is one; a name that is an address is then the mailbox of that address, so that mail programs, which
    /// like to log in so, find what was sent there.
    /// </remarks>
    public QueueName? InboxOf(Account account)
    {
        if (accounts.IsOpen && account.Name.Contains('@', StringComparison.Ordinal) && addresses.Resolve(account.Name) is AddressRoute.Mailbox { Queue: var of })
            return of.IsOfMailPath() ? null : of;
        return QueueName.TryParse(account.Name, out var queue, out _) && !queue.IsOfMailPath() ? queue : null;
    }

    /// <summary>The mailbox of this name, whether or not its queue has been made; or, in <paramref name="reason"/>, why there can be none.</summary>
    public bool TryFind(Account account, string name, [NotNullWhen(true)] out Mailbox? mailbox, [NotNullWhen(false)] out string? reason)
    {
        mailbox = null;
        if (InboxOf(account) is not { } inbox)
        {
            reason = $"The account '{account.Name}' has no mailbox: its name can be no queue's.";
            return false;
        }
        var isWhole = name.StartsWith(QueuePrefix, StringComparison.Ordinal);
        var text = IsInboxName(name) ? inbox.Value : isWhole ? name[QueuePrefix.Length..] : OwnOrOther(account, inbox, name);
        if (!QueueName.TryParse(text, out var queue, out reason))
            return false;
        if (NameOf(account, queue) is not { } shown)
        {
            reason = queue.IsOfMailPath() ? $"'{queue}' belongs to the mail path." : $"'{queue}' is another account's mailbox.";
            return false;
        }
        mailbox = new Mailbox(shown, queue, IsOwn(inbox, queue));
        reason = null;
        return true;
    }

    /// <summary>The mailbox that a queue is for an account; null when it may not see it.</summary>
    public Mailbox? Of(Account account, QueueName queue) =>
        InboxOf(account) is { } inbox && NameOf(account, queue) is { } name ? new Mailbox(name, queue, IsOwn(inbox, queue)) : null;

    /// <summary>The mailboxes an account sees: INBOX first, then by name (ordinally).</summary>
    public IReadOnlyList<Mailbox> List(Account account)
    {
        if (InboxOf(account) is not { } inbox)
            return [];
        return
        [
            new Mailbox(InboxName, inbox, IsOwn: true),
            .. engine.Queues().Where(q => q.Name != inbox).Select(q => Of(account, q.Name)).OfType<Mailbox>().OrderBy(m => m.Name, StringComparer.Ordinal),
        ];
    }

    /// <summary>Why an account may not make a mailbox; null when it may. Whether its queue is there already is not looked at, except for INBOX.</summary>
    public static string? WhyNotCreate(Mailbox mailbox) =>
        mailbox.IsInbox ? "INBOX is always there."
        : mailbox.Queue.Value.Split(Separator).Any(level => level.Length == 0) ? "A level of the name is empty."
        : null;

    /// <summary>
    /// Why an account may not remove a mailbox with all its messages, or rename it; null when it may. Others' consumers work on queues that are nobody's:
    /// those an administrator removes, who through <c>/v1</c> could do it as well.
    /// </summary>
    public static string? WhyNotDelete(Account account, Mailbox mailbox) =>
        mailbox.IsInbox ? "INBOX cannot be removed."
        : mailbox.IsOwn || account.IsAdmin ? null
        : "It is a queue that others use too; an administrator can remove it.";

    private string? NameOf(Account account, QueueName queue)
    {
        if (InboxOf(account) is not { } inbox || queue.IsOfMailPath())
            return null;
        if (queue == inbox)
            return InboxName;
        if (queue.IsBelow(inbox.Value))
        {
            var folder = queue.Value[(inbox.Value.Length + 1)..];
            return IsTaken(folder) ? QueuePrefix + queue : folder;
        }
        if (!rights.MayUse(account, queue))
            return null;
        return IsTaken(queue.Value) || HasFolder(inbox, queue.Value) ? QueuePrefix + queue : queue.Value;
    }

    /// <summary>A folder that is there comes before a queue that is there, and what is not there yet would be a folder.</summary>
    private string OwnOrOther(Account account, QueueName inbox, string name) =>
        !HasFolder(inbox, name) && QueueName.TryParse(name, out var other, out _) && !IsOwn(inbox, other)
            && !other.IsOfMailPath() && rights.MayUse(account, other) && engine.Status(other) is not null
            ? name
            : FolderName(inbox, name);

    private bool HasFolder(QueueName inbox, string name) => QueueName.TryParse(FolderName(inbox, name), out var folder, out _) && engine.Status(folder) is not null;

    private static string FolderName(QueueName inbox, string name) => $"{inbox}{Separator}{name}";

    private static bool IsOwn(QueueName inbox, QueueName queue) => queue == inbox || queue.IsBelow(inbox.Value);

    /// <summary>Whether a name means something of its own, so that no queue can have it.</summary>
    private static bool IsTaken(string name) => name.Length == 0 || IsInboxName(name) || name.StartsWith(QueuePrefix, StringComparison.Ordinal);

    private static bool IsInboxName(string name) => name.Equals(InboxName, StringComparison.OrdinalIgnoreCase);
}

using Posthorn.Queues;

namespace Posthorn.Server.Retrieve.Mailboxes;

/// <summary>A queue as an account sees it through IMAP and POP3.</summary>
/// <param name="Name">Its name for this account: <c>INBOX</c>, <c>Archive/2026</c>, <c>invoices</c>. The same queue has another name for another account.</param>
/// <param name="Queue">The queue; it may not have been made yet.</param>
/// <param name="IsOwn">Whether it is the account's own: its queue, or one below it.</param>
internal sealed record Mailbox(string Name, QueueName Queue, bool IsOwn)
{
    /// <summary>Whether it is the account's INBOX, which is always there.</summary>
    public bool IsInbox => Name == MailboxAccess.InboxName;
}

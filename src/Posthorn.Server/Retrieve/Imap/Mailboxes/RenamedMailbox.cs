using Posthorn.Queues;
using Posthorn.Server.Retrieve.Mailboxes;

namespace Posthorn.Server.Retrieve.Imap.Mailboxes;

/// <summary>A mailbox that gets another name, or lies below one that does.</summary>
/// <param name="From">As it is called now.</param>
/// <param name="To">The queue that it becomes.</param>
/// <param name="NewName">What the account calls that.</param>
internal sealed record RenamedMailbox(Mailbox From, QueueName To, string NewName);

using Posthorn.Queues;
using Posthorn.Server.Spool;

namespace Posthorn.Server.Operate.Accounts;

/// <summary>Which queues an account may use through the doors that show queues to clients: SQS, SNS, IMAP, POP3. One rule for all of them.</summary>
/// <remarks>Narrower under <c>/v1</c>, where an account that is no administrator has its own queues only.</remarks>
public static class QueueAccess
{
    /// <summary>Whether a queue is the account's to use: every queue of the store but other accounts' mailboxes, of which the administrator has all.</summary>
    public static bool MayUse(this IAccessKeys accounts, Account account, QueueName queue) => account.IsAdmin || !accounts.IsMailboxOfOther(account, queue);

    /// <summary>Whether a queue is the mail path's own, which no client takes from: what lies there is on its way.</summary>
    public static bool IsOfMailPath(this QueueName queue) => queue.Value == SpoolQueues.Prefix || queue.IsBelow(SpoolQueues.Prefix);
}

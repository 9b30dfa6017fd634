namespace Posthorn.Server.Operate.Accounts;

/// <summary>The access keys of accounts.</summary>
public interface IAccessKeys
{
    /// <summary>The key of this id; null when it is nobody's.</summary>
    AccessKey? FindKey(string accessKey);

    /// <summary>Whether a queue is the mailbox of an account, or lies below it.</summary>
    bool IsMailboxOfOther(Account account, Posthorn.Queues.QueueName queue);
}

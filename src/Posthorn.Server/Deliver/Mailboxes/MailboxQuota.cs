using Posthorn.Engine;
using Posthorn.Queues;
using Posthorn.Server.Operate.Configuration;

namespace Posthorn.Server.Deliver.Mailboxes;

/// <summary>
/// Tells whether a mailbox has room, by its account's quota and its queue's policy, from figures the engine keeps: cheap enough for every RCPT.
/// </summary>
/// <remarks>An answer for this moment: nothing is reserved, mails on their way to the mailbox do not count, so an account's quota can be passed by those.</remarks>
public sealed class MailboxQuota
{
    private readonly IEngine _engine;
    private readonly IReadOnlyDictionary<QueueName, QueuePolicy> _policies;
    private readonly Dictionary<QueueName, long> _quotas = [];

    public MailboxQuota(IEngine engine, PosthornOptions options)
    {
        _engine = engine;
        _policies = options.Queues;
        foreach (var account in options.Accounts)
            if (account.QuotaBytes is { } quota && QueueName.TryParse(account.Name, out var queue, out _))
                _quotas[queue] = quota;
    }

    /// <summary>Whether a mail of <paramref name="bytes"/> fits into a mailbox now; 0 when its size is not known: then whether the smallest would.</summary>
    public MailboxRoom Check(QueueName queue, long bytes)
    {
        var status = _engine.Status(queue);
        // A queue that has not been made yet gets the configured policy with its first message.
        var policy = status?.Policy ?? _policies.GetValueOrDefault(queue) ?? QueuePolicy.Default;
        var bytesMax = Math.Min(_quotas.GetValueOrDefault(queue, long.MaxValue), policy.BytesMax ?? long.MaxValue);
        var size = Math.Max(1, bytes);
        if (size > bytesMax || size > policy.MessageBytesMax)
            return MailboxRoom.TooLarge;
        var isFull = status is not null && (status.Bytes > bytesMax - size || status.Messages >= policy.MessagesMax);
        return isFull || policy.MessagesMax == 0 ? MailboxRoom.Full : MailboxRoom.Fits;
    }
}

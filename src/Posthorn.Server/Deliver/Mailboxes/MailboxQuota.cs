using Posthorn.Engine;
using Posthorn.Queues;
using Posthorn.Server.Operate.Configuration;

namespace Posthorn.Server.Deliver.Mailboxes;

/// <summary>
/// Tells whether a mailbox has room, by its account's quota and its queue's policy, from figures the engine keeps: cheap enough for every RCPT.
/// </summary>
/// <remarks>
/// An answer for this moment: nothing is reserved, and mails on their way to the mailbox do not count. What turns out not to fit is refused by the engine,
/// waits in <see cref="Spool.SpoolQueues.Deferred"/> and is bounced when its time is up.
/// </remarks>
public sealed class MailboxQuota
{
    private readonly IEngine _engine;
    private readonly IReadOnlyDictionary<QueueName, QueuePolicy> _policies;
    private readonly IAddressBook _addresses;
    private readonly Dictionary<QueueName, long> _quotas = [];

    public MailboxQuota(IEngine engine, IAddressBook addresses, PosthornOptions options)
    {
        _engine = engine;
        _addresses = addresses;
        _policies = options.Queues;
        foreach (var account in options.Accounts)
            if (account.QuotaBytes is { } quota && QueueName.TryParse(account.Name, out var queue, out _))
                _quotas[queue] = quota;
    }

    /// <summary>
    /// Whether there is room where a recipient's mail goes: of an alias, where at least one of its addresses leads; mail for other hosts needs none here.
    /// </summary>
    public MailboxRoom Check(AddressRoute route, long bytes) => route switch
    {
        AddressRoute.Mailbox mailbox => Check(mailbox.Queue, bytes),
        // Its addresses are no aliases themselves, so this ends.
        AddressRoute.Alias alias => alias.Addresses.Select(a => _addresses.Resolve(a)).Select(r => r is AddressRoute.Mailbox end ? Check(end.Queue, bytes) : MailboxRoom.Fits).Min(),
        _ => MailboxRoom.Fits,
    };

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

using Posthorn.Queues;

namespace Posthorn.Server.Deliver.Mailboxes;

/// <summary>Where mail for an address goes.</summary>
public abstract record AddressRoute
{
    private AddressRoute()
    {
    }

    /// <summary>To a queue here; <c>Detail</c> is the sub-address (<c>tag</c> of <c>mq+tag@…</c>), null without one.</summary>
    public sealed record Mailbox(QueueName Queue, string? Detail) : AddressRoute;

    /// <summary>To other addresses, each resolved in turn; loops and doubles are already gone.</summary>
    public sealed record Alias(IReadOnlyList<string> Addresses) : AddressRoute;

    /// <summary>The domain is ours, the user is not: 550 5.1.1.</summary>
    public sealed record Unknown : AddressRoute;

    /// <summary>Another host's.</summary>
    public sealed record Remote : AddressRoute;
}

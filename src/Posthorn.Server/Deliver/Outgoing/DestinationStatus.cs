using Posthorn.Server.Deliver.Rates;

namespace Posthorn.Server.Deliver.Outgoing;

/// <summary>A destination at one moment.</summary>
public sealed record DestinationStatus
{
    /// <summary>The smart host, the set of mail exchangers, or the domain while its exchangers are not known.</summary>
    public required string Name { get; init; }

    public required IReadOnlyList<string> Domains { get; init; }

    /// <summary>Mails that wait for it, those being delivered and those held included.</summary>
    public long Queued { get; init; }

    /// <summary>Of these, the ones that could be delivered now.</summary>
    public long Ready { get; init; }

    /// <summary>Connections that are open, idle ones included.</summary>
    public int Connections { get; init; }

    /// <summary>How many connections its answers allow at the moment.</summary>
    public int ConcurrencyLimit { get; init; }

    public DeliveryRate? Rate { get; init; }

    /// <summary>The node that it belongs to; null where a node is alone, while none takes on work, and while the destination of a domain is not known.</summary>
    public string? Node { get; init; }

    /// <summary>Whether that node has not told of it: connections, limit, back-off and counts are not known then.</summary>
    public bool IsUntold { get; init; }

    public DestinationState State { get; init; }

    /// <summary>When the back-off ends; null while it is not backing off.</summary>
    public DateTimeOffset? BackingOffUntil { get; init; }

    /// <summary>The last reply or fault that concerned the destination as a whole or one of its recipients.</summary>
    public string? LastReply { get; init; }

    /// <summary>Recipients delivered since the nodes started.</summary>
    public long Delivered { get; init; }

    /// <summary>Recipients bounced since the nodes started.</summary>
    public long Failed { get; init; }

    /// <summary>Attempts that failed for the time being since the nodes started.</summary>
    public long Deferred { get; init; }

    public DateTimeOffset? OldestEnqueuedAt { get; init; }
}

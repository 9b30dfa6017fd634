namespace Posthorn.Client.Contracts.Destinations;

/// <summary>Where mail goes to: the smart host, the set of mail exchangers that domains share, or a domain whose exchangers are not known yet.</summary>
public sealed record DestinationInfo
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>
    /// The node that it belongs to, where several share the queues. Any node can be asked: what another one has told is some seconds old, as <see cref="DestinationList.Nodes"/>
    /// says. Null where a node is alone, while none takes on work, and of a domain whose destination no node knows.
    /// </summary>
    public string? Node { get; init; }

    /// <summary>Whether that node has not told of it: connections, limit, back-off and counts are not known then.</summary>
    public bool IsUntold { get; init; }

    /// <summary>The recipients' domains it serves.</summary>
    public required IReadOnlyList<string> Domains { get; init; }

    /// <summary>What it does.</summary>
    public required DestinationState State { get; init; }

    /// <summary>When it goes on by itself: the end of its back-off, or of the order that suspends it; null when it is active or waits to be resumed.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>Those of its domains whose mail waits because they are suspended; null when there is none.</summary>
    public IReadOnlyList<string>? SuspendedDomains { get; init; }

    /// <summary>Why it is suspended.</summary>
    public string? Reason { get; init; }

    /// <summary>Mails that wait for it, those being delivered and those held included.</summary>
    public required long Queued { get; init; }

    /// <summary>Of these, the ones that could be delivered now.</summary>
    public required long Ready { get; init; }

    /// <summary>When the oldest of them came into the outgoing queue.</summary>
    public DateTimeOffset? OldestEnqueuedAt { get; init; }

    /// <summary>Connections that are open.</summary>
    public required int Connections { get; init; }

    /// <summary>How many connections its answers allow at the moment.</summary>
    public required int ConcurrencyLimit { get; init; }

    /// <summary>Its last reply or fault.</summary>
    public string? LastReply { get; init; }

    /// <summary>Recipients delivered since the nodes started.</summary>
    public required long Delivered { get; init; }

    /// <summary>Recipients bounced since the nodes started.</summary>
    public required long Failed { get; init; }

    /// <summary>Attempts that failed for the time being since the nodes started.</summary>
    public required long Deferred { get; init; }
}

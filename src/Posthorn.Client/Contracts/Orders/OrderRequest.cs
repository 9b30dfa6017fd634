namespace Posthorn.Client.Contracts.Orders;

/// <summary>A standing order to be given; at least one of domain, sender and recipient.</summary>
public sealed record OrderRequest
{
    /// <summary>What it does.</summary>
    public required OrderAction Action { get; init; }

    /// <summary>For mail to this domain.</summary>
    public string? Domain { get; init; }

    /// <summary>For mail of this sender.</summary>
    public string? Sender { get; init; }

    /// <summary>For mail to this recipient.</summary>
    public string? Recipient { get; init; }

    /// <summary>How long it is in force; null until it is cancelled.</summary>
    public TimeSpan? For { get; init; }

    /// <summary>Why; of a bounce the reply that senders are told, <c>550 5.7.1 text</c>.</summary>
    public string? Reason { get; init; }
}

namespace Posthorn.Client.Contracts.Orders;

/// <summary>A standing order in force. Durable: it survives restarts.</summary>
public sealed record OrderInfo
{
    /// <summary>Its name.</summary>
    public required string Id { get; init; }

    /// <summary>What it does.</summary>
    public required OrderAction Action { get; init; }

    /// <summary>The domain it is for; null is any.</summary>
    public string? Domain { get; init; }

    /// <summary>The sender it is for; null is any.</summary>
    public string? Sender { get; init; }

    /// <summary>The recipient it is for; null is any.</summary>
    public string? Recipient { get; init; }

    /// <summary>When it ends by itself; null is never.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>Why.</summary>
    public required string Reason { get; init; }

    /// <summary>Who gave it.</summary>
    public required string By { get; init; }

    /// <summary>When it was given.</summary>
    public required DateTimeOffset At { get; init; }
}

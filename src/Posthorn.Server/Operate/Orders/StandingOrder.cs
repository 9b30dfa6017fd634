namespace Posthorn.Server.Operate.Orders;

/// <summary>
/// An administrator's order that stays in force until its time: it also catches what is in flight or still to come.
/// Durable: kept as a document of the engine.
/// </summary>
public sealed record StandingOrder
{
    public required string Id { get; init; }

    public required OrderAction Action { get; init; }

    /// <summary>The destination domain it is for (compared without case); null is any.</summary>
    public string? Domain { get; init; }

    /// <summary>The sender it is for; null is any.</summary>
    public string? Sender { get; init; }

    /// <summary>The recipient it is for; null is any.</summary>
    public string? Recipient { get; init; }

    /// <summary>When it ends by itself; null is never.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>Why; of a bounce the reply that the sender is told.</summary>
    public required string Reason { get; init; }

    /// <summary>Who gave it, and when.</summary>
    public required string By { get; init; }

    public required DateTimeOffset At { get; init; }
}

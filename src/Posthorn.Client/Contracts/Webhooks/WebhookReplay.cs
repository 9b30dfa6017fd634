namespace Posthorn.Client.Contracts.Webhooks;

/// <summary>Posts messages again that an endpoint missed: one, or all of a range of time.</summary>
public sealed record WebhookReplay
{
    /// <summary>One message: a dead letter, one that was delivered and is kept, or one that waits for its next attempt.</summary>
    public string? Message { get; init; }

    /// <summary>Accepted at this time or later; null is from the beginning.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Accepted before this time; null is until now.</summary>
    public DateTimeOffset? To { get; init; }

    /// <summary>
    /// Also what was delivered in that time and is kept by the queue (its setting <c>keep-consumed</c>): for an endpoint that took messages and lost
    /// them. By the time of delivery.
    /// </summary>
    public bool Delivered { get; init; }
}

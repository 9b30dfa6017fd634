namespace Posthorn.Client.Contracts.Webhooks;

/// <summary>Stops a webhook; its messages wait.</summary>
public sealed record WebhookPause
{
    /// <summary>Why, for those who look.</summary>
    public string? Reason { get; init; }
}

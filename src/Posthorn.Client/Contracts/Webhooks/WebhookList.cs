namespace Posthorn.Client.Contracts.Webhooks;

/// <summary>All webhooks, by name.</summary>
/// <param name="Webhooks">The webhooks.</param>
public sealed record WebhookList(IReadOnlyList<WebhookInfo> Webhooks);

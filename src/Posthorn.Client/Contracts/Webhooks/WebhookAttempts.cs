namespace Posthorn.Client.Contracts.Webhooks;

/// <summary>The last calls of a webhook since the server started; the timeline of a message has all of its own for as long as timelines are kept.</summary>
/// <param name="Attempts">The calls, the newest first.</param>
public sealed record WebhookAttempts(IReadOnlyList<WebhookAttempt> Attempts);

namespace Posthorn.Client.Contracts.Webhooks;

/// <summary>Asks for a signed call that carries no message: <c>{"type":"webhook.test",…}</c>.</summary>
public sealed record WebhookTest
{
    /// <summary>Attributes for the places in the URL.</summary>
    public IReadOnlyDictionary<string, string>? Attributes { get; init; }
}

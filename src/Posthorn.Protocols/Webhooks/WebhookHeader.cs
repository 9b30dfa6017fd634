namespace Posthorn.Protocols.Webhooks;

/// <summary>The header fields of Standard Webhooks.</summary>
public static class WebhookHeader
{
    /// <summary>The message's name, the same at every attempt: what a receiver knows duplicates by. Never with a <c>.</c>, which separates what is signed.</summary>
    public const string Id = "webhook-id";

    /// <summary>When this attempt was made: Unix seconds.</summary>
    public const string Timestamp = "webhook-timestamp";

    /// <summary>The signatures, separated by blanks.</summary>
    public const string Signature = "webhook-signature";
}

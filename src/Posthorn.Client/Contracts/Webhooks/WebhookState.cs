using System.Text.Json.Serialization;

namespace Posthorn.Client.Contracts.Webhooks;

/// <summary>What a webhook, or one endpoint of it, does.</summary>
[JsonConverter(typeof(KebabCase<WebhookState>))]
public enum WebhookState
{
    /// <summary>Messages are posted as they come.</summary>
    Active,
    /// <summary>The endpoint asked to be left alone for a while (Retry-After).</summary>
    Resting,
    /// <summary>The endpoint kept failing; it is tried with one message now and then.</summary>
    Failing,
    /// <summary>The endpoint failed for too long, or answered 410: nothing is posted until it is resumed.</summary>
    Disabled,
    /// <summary>An administrator paused it.</summary>
    Paused,
    /// <summary>It cannot work as it is set; the reason says why.</summary>
    Misconfigured,
}

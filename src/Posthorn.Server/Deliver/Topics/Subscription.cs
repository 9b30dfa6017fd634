using System.Text.Json.Serialization;
using Posthorn.Protocols.Sns;

namespace Posthorn.Server.Deliver.Topics;

/// <summary>A subscription as it is kept: a document of its own.</summary>
internal sealed record Subscription
{
    /// <summary>What ids begin with that webhooks make for themselves.</summary>
    public const string WebhookPrefix = "webhook-";

    /// <summary>The last part of its ARN, and the group of what waits for it.</summary>
    public required string Id { get; init; }

    public required string Region { get; init; }

    /// <summary>The topic's name.</summary>
    public required string Topic { get; init; }

    public required string Protocol { get; init; }

    /// <summary>An ARN, a URL, an address or a queue's name.</summary>
    public required string Endpoint { get; init; }

    /// <summary>The account that subscribed it.</summary>
    public required string Owner { get; init; }

    /// <summary>Whether it gets messages.</summary>
    public bool IsConfirmed { get; init; }

    /// <summary>The right to confirm it.</summary>
    public string? Token { get; init; }

    /// <summary>Unix seconds after which the token is none.</summary>
    public long TokenEndsAt { get; init; }

    /// <summary>Whether who confirmed it had signed that.</summary>
    public bool WasConfirmedSigned { get; init; }

    /// <summary>Whether a link is not enough to end it.</summary>
    public bool NeedsSignatureToEnd { get; init; }

    /// <summary>Attributes by name, as they were set. What is not set is not in it.</summary>
    public IReadOnlyDictionary<string, string> Attributes { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    [JsonIgnore]
    public bool IsRaw => this[TopicAttribute.RawMessageDelivery] == "true";

    /// <summary>Whether it belongs to a webhook, and comes and goes with it.</summary>
    [JsonIgnore]
    public bool IsOfWebhook => Id.StartsWith(WebhookPrefix, StringComparison.Ordinal);

    public string? this[string attribute] => Attributes.GetValueOrDefault(attribute);

    public SubscriptionArn ArnOf(string account) => new(new TopicArn(Region, account, Topic), Id);
}

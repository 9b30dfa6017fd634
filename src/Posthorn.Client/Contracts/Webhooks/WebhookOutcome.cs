using System.Text.Json.Serialization;

namespace Posthorn.Client.Contracts.Webhooks;

/// <summary>What came of a call.</summary>
[JsonConverter(typeof(KebabCase<WebhookOutcome>))]
public enum WebhookOutcome
{
    /// <summary>2xx in time: the message is done.</summary>
    Delivered,
    /// <summary>It failed, and is made again by the schedule.</summary>
    Deferred,
    /// <summary>It failed for the last time: the message is a dead letter.</summary>
    DeadLettered,
    /// <summary>It tried an endpoint that is paused or gone, and failed: the message waits, and the attempt does not count.</summary>
    Waits,
}

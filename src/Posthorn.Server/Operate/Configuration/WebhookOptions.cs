using Posthorn.Queues;

namespace Posthorn.Server.Operate.Configuration;

/// <summary>A queue whose messages are pushed to a URL.</summary>
public sealed record WebhookOptions
{
    public required QueueName Queue { get; init; }

    public required Uri Url { get; init; }

    /// <summary>Signs each call (Standard Webhooks); null calls unsigned.</summary>
    public string? Secret { get; init; }

    /// <summary>When a failed call is made again, in the schedule's syntax; null is the built-in one.</summary>
    public string? Schedule { get; init; }
}

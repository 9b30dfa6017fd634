namespace Posthorn.Client.Contracts.Webhooks;

/// <summary>A webhook and how it is.</summary>
public sealed record WebhookInfo
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>The queue whose messages are posted.</summary>
    public required string Queue { get; init; }

    /// <summary>Where messages go that could not be delivered.</summary>
    public required string DeadLetters { get; init; }

    /// <summary>How it is set; secrets and the values of header fields are masked.</summary>
    public required WebhookSettings Settings { get; init; }

    /// <summary>Whether it is in the configuration file, and can be changed there only.</summary>
    public required bool IsConfigured { get; init; }

    /// <summary>The secret that was made for it; only in the answer to its making.</summary>
    public string? Secret { get; init; }

    /// <summary>What it does; with several endpoints the worst of them.</summary>
    public required WebhookState State { get; init; }

    /// <summary>When it goes on by itself; null when it does, or waits to be resumed.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>Why it is not active.</summary>
    public string? Reason { get; init; }

    /// <summary>Its endpoints; of many those that are not active or have calls under way, at most 100.</summary>
    public required IReadOnlyList<WebhookLaneInfo> Endpoints { get; init; }

    /// <summary>Messages of its queue, those under way included.</summary>
    public required long Waiting { get; init; }

    /// <summary>Of these, the ones that could be posted now.</summary>
    public required long Ready { get; init; }

    /// <summary>Calls under way.</summary>
    public required int InFlight { get; init; }

    /// <summary>Messages delivered since the server started.</summary>
    public required long Delivered { get; init; }

    /// <summary>Attempts that failed since the server started.</summary>
    public required long Failed { get; init; }

    /// <summary>Messages given up since the server started.</summary>
    public required long DeadLettered { get; init; }

    /// <summary>Its last attempt; null when there was none since the server started.</summary>
    public WebhookAttempt? Last { get; init; }
}

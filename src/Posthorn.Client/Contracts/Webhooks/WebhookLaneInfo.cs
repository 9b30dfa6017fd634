namespace Posthorn.Client.Contracts.Webhooks;

/// <summary>One endpoint of a webhook: all of its messages that go to one URL.</summary>
public sealed record WebhookLaneInfo
{
    /// <summary>The URL without its query.</summary>
    public required string Endpoint { get; init; }

    /// <summary>What it does.</summary>
    public required WebhookState State { get; init; }

    /// <summary>When it is tried again by itself; null when that is now, or never.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>Since when it has failed without a success; null while it does not.</summary>
    public DateTimeOffset? FailingSince { get; init; }

    /// <summary>Why it is not active.</summary>
    public string? Reason { get; init; }

    /// <summary>Calls under way.</summary>
    public required int InFlight { get; init; }
}

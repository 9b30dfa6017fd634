namespace Posthorn.Server.Deliver.Webhooks;

/// <summary>What is the matter with an endpoint; a document of the engine while something is, so that a restart does not make it forget.</summary>
internal sealed record LaneState
{
    /// <summary>Nothing is the matter.</summary>
    public static LaneState Fine { get; } = new();

    /// <summary>The webhook and the endpoint, for those who read the document; empty of <see cref="Fine"/>.</summary>
    public string Webhook { get; init; } = "";

    public string Endpoint { get; init; } = "";

    /// <summary>Since when it fails without a success.</summary>
    public DateTimeOffset? FailingSince { get; init; }

    /// <summary>Since when it is certain that this is no short outage.</summary>
    public DateTimeOffset? CertainSince { get; init; }

    /// <summary>Until when it is left alone.</summary>
    public DateTimeOffset? PausedUntil { get; init; }

    /// <summary>How often it was, since it last answered well.</summary>
    public int Pauses { get; init; }

    public bool IsDisabled { get; init; }

    /// <summary>Its last failure.</summary>
    public string? Reason { get; init; }

    /// <summary>Whether its owner knows that it fails.</summary>
    public bool IsTold { get; init; }

    /// <summary>Whether its owner knows that it is disabled.</summary>
    public bool IsEndTold { get; init; }
}

namespace Posthorn.Clustering;

/// <summary>What a node does, in figures, as it says itself once a second.</summary>
public sealed record NodeFigures
{
    /// <summary>Nothing at all.</summary>
    public static NodeFigures None { get; } = new();

    /// <summary>Destinations of outgoing mail that it knows and delivers to.</summary>
    public int Destinations { get; init; }

    /// <summary>Its connections to other mail servers, idle ones included.</summary>
    public int Connections { get; init; }

    /// <summary>Sessions of clients at its doors for mail.</summary>
    public int Sessions { get; init; }

    /// <summary>Deliveries that are under way: mail on its way out, calls of webhooks.</summary>
    public int Deliveries { get; init; }

    /// <summary>Messages it accepted by the minute, over the last minute or since it started.</summary>
    public double AcceptedPerMinute { get; init; }

    /// <summary>Recipients and calls it delivered by the minute, over the last minute or since it started.</summary>
    public double DeliveredPerMinute { get; init; }
}

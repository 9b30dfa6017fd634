namespace Posthorn.Client.Contracts.Sending;

/// <summary>What a consumer asks a queue for.</summary>
public sealed record ReceiveOptions
{
    /// <summary>How many messages at most: 1 to 1000.</summary>
    public int Max { get; init; } = 1;

    /// <summary>How long to wait for a first message, up to 5 minutes; zero does not wait.</summary>
    public TimeSpan Wait { get; init; }

    /// <summary>How long the leases last, up to 12 h; null is the queue's visibility timeout.</summary>
    public TimeSpan? Visibility { get; init; }

    /// <summary>Only messages of this group; null takes from all.</summary>
    public string? Group { get; init; }
}

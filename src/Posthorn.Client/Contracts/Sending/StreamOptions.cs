namespace Posthorn.Client.Contracts.Sending;

/// <summary>What a consumer asks a stream for.</summary>
public sealed record StreamOptions
{
    /// <summary>How many messages are in flight at most, sent and not settled: 1 to 1000.</summary>
    public int Prefetch { get; init; } = 10;

    /// <summary>How long each lease lasts without being renewed, 1 s to 12 h; null is the queue's visibility timeout.</summary>
    public TimeSpan? Visibility { get; init; }

    /// <summary>For how long the server renews a lease while the stream lasts, up to 12 h; zero is not at all; null is 12 h.</summary>
    public TimeSpan? RenewFor { get; init; }

    /// <summary>Only messages of this group; null takes from all.</summary>
    public string? Group { get; init; }

    /// <summary>Whether a message is acked as soon as it was sent: what the connection loses is lost.</summary>
    public bool AcksItself { get; init; }
}

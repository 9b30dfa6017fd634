namespace Posthorn.Leases;

/// <summary>What a consumer asks a queue for.</summary>
public sealed record LeaseRequest
{
    /// <summary>How many messages at most: 1 or more. Fewer are given when fewer are ready; it is never waited for more than the first.</summary>
    public int MessagesMax { get; init; } = 1;

    /// <summary>How long the leases last; null is the queue's visibility timeout.</summary>
    public TimeSpan? VisibilityTimeout { get; init; }

    /// <summary>How long to wait for a first message; zero does not wait, <see cref="Timeout.InfiniteTimeSpan"/> waits until cancelled.</summary>
    public TimeSpan Wait { get; init; }

    /// <summary>Only messages of this group; null takes from all.</summary>
    public string? Group { get; init; }
}

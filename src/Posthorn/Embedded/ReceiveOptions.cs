namespace Posthorn.Embedded;

/// <summary>How messages are asked for one call at a time.</summary>
public sealed record ReceiveOptions
{
    /// <summary>How long to wait for a first message: zero, the default, does not wait; <see cref="Timeout.InfiniteTimeSpan"/> waits until cancelled. Waiting costs nothing: nobody polls.</summary>
    public TimeSpan Wait { get; init; }

    /// <summary>How long the lease lasts; null is the queue's visibility timeout.</summary>
    public TimeSpan? VisibilityTimeout { get; init; }

    /// <summary>
    /// For how long the lease is extended by itself; zero, the default, is not at all: the message comes back when the visibility timeout
    /// ends, unless <see cref="ReceivedMessage.ExtendAsync"/> is called.
    /// </summary>
    public TimeSpan ExtendFor { get; init; }

    /// <summary>Only messages of this group; null takes from all.</summary>
    public string? Group { get; init; }
}

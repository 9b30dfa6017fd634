namespace Posthorn.Embedded;

/// <summary>What a sender says of a message that is sent alone.</summary>
public sealed record SendOptions : MessageOptions
{
    /// <summary>
    /// Makes the send idempotent: 1 to 128 characters. A second send with the same key within an hour, also after a restart, adds nothing
    /// and returns the first one's message, so that a caller may repeat after a lost answer. Keys are the store's, not the queue's.
    /// </summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>
    /// How long to wait for room when the queue is at its limit: zero, the default, refuses at once; <see cref="Timeout.InfiniteTimeSpan"/> waits until
    /// cancelled. Who waits gets in by the order in which he came.
    /// </summary>
    public TimeSpan RoomWait { get; init; }
}

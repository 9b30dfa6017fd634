namespace Posthorn.Embedded;

/// <summary>What the ways to consume a queue for long have in common.</summary>
public abstract record ConsumerOptions
{
    private protected ConsumerOptions()
    {
    }

    /// <summary>How many messages may be worked on at once: 1, the default, to 10 000.</summary>
    public int Concurrency { get; init; } = 1;

    /// <summary>
    /// How many messages are leased ahead of the ones worked on: 0, the default, to 10 000. The engine is in the same process, so there is little
    /// to be saved by more, except that large bodies and cold messages are read from disk early.
    /// </summary>
    public int Prefetch { get; init; }

    /// <summary>How long a lease lasts before it is extended again, at half of it: 1 s or more; null is the queue's visibility timeout. What a crash leaves behind comes back after that time at the latest, or at the restart.</summary>
    public TimeSpan? VisibilityTimeout { get; init; }

    /// <summary>
    /// For how long a message is held by extending its lease, from when it was leased: 12 h by default (the longest visibility timeout of SQS).
    /// Beyond it the lease runs out, the message's token is cancelled and the message comes back: a bound for handlers that hang.
    /// </summary>
    public TimeSpan HandlingTimeMax { get; init; } = TimeSpan.FromHours(12);

    /// <summary>Only messages of this group; null takes from all.</summary>
    public string? Group { get; init; }

    private protected const int CountMax = 10_000;

    /// <exception cref="ArgumentOutOfRangeException">A value is outside of its range.</exception>
    internal virtual void Validate()
    {
        Check(Concurrency is >= 1 and <= CountMax, nameof(Concurrency), $"1 to {CountMax}");
        Check(Prefetch is >= 0 and <= CountMax, nameof(Prefetch), $"0 to {CountMax}");
        Check(VisibilityTimeout is null || VisibilityTimeout >= TimeSpan.FromSeconds(1), nameof(VisibilityTimeout), "1 s or more");
        Check(HandlingTimeMax > TimeSpan.Zero, nameof(HandlingTimeMax), "more than zero");
    }

    private protected static void Check(bool isRight, string name, string range)
    {
        if (!isRight)
            throw new ArgumentOutOfRangeException(name, $"{name} must be {range}.");
    }
}

using Posthorn.Bodies;

namespace Posthorn.Journal;

/// <summary>How a journal uses memory and disk.</summary>
public sealed record JournalOptions
{
    /// <summary>Size of a segment file in bytes, preallocated: 16 KiB to 1 GiB. A commit that does not fit gets a segment of its own size.</summary>
    /// <remarks>64 MiB: large enough that making one is rare, small enough that what is dead is soon given back (RabbitMQ's WAL and Artemis use 10 to 512).</remarks>
    public long SegmentBytes { get; init; } = 64 << 20;

    /// <summary>Largest body that rides inside the journal, in bytes: 0 to 1 MiB; larger ones get files of their own.</summary>
    public int InlineBodyBytesMax { get; init; } = 128 << 10;

    /// <summary>
    /// Where bodies of more than <see cref="InlineBodyBytesMax"/> go: a bucket or another folder; null is a file each beside the journal. The engine closes
    /// it. Those written before it was named stay where they are.
    /// </summary>
    public IBodyStore? Bodies { get; init; }

    /// <summary>For how long a body in <see cref="Bodies"/> outlives its last message, so that whoever reads it can go on; more than zero. (A file that is open can be read on.)</summary>
    public TimeSpan BodyGrace { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Memory for the bytes written last, from which they are read again without touching the disk, and in which commits wait for it: 256 KiB or more.</summary>
    public int RecentBytesMax { get; init; } = 32 << 20;

    /// <summary>Space kept back so that acks, moves and compaction go on when the disk is full, in bytes; two files of half of it.</summary>
    public long ReserveBytes { get; init; } = 16 << 20;

    /// <summary>Recycled segments kept for use again, beyond which they are deleted.</summary>
    public int SparesMax { get; init; } = 2;

    /// <summary>A sealed segment of which less than this share is alive is rewritten: 0 to 0.9.</summary>
    /// <remarks>Half, as NATS and most log-structured stores have it: each byte is copied about once more in its life.</remarks>
    public double RewriteBelow { get; init; } = 0.5;

    /// <summary>Bytes a second that rewriting may write even when nothing else does; beyond it takes a quarter of what commits write. What it does not use
    /// it may make up for later, up to a second's worth or a segment, whichever is more.</summary>
    public long RewriteBytesPerSecond { get; init; } = 16 << 20;

    /// <summary>
    /// For how long a sealed segment must keep seven eighths of what lives in it before it is rewritten or a hint is written for it: 0 to 1 hour. One that
    /// is being consumed dies by itself, and either would be for nothing. Nothing is waited for while the disk or the index's memory is full.
    /// </summary>
    public TimeSpan SettleTime { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Most idempotency keys and deduplication ids remembered, about 200 bytes each; beyond it those that would be forgotten first are, before their time.</summary>
    public int KeysMax { get; init; } = 1_000_000;

    /// <summary>Memory for the index of waiting messages, in bytes: 0 or more. What does not fit and is far from its turn waits on disk only, at a bit a message.</summary>
    /// <remarks>
    /// 256 MiB: some three million messages in memory. Delayed, leased and held messages, ones that were received before and ones that share a body
    /// stay in memory whatever this says.
    /// </remarks>
    public long IndexBytesMax { get; init; } = 256 << 20;

    /// <summary>Bytes a second that the scrub reads of what lies still, to find damage before somebody needs the bytes; 0 turns it off.</summary>
    /// <remarks>4 MiB: a terabyte in three days, and nothing a disk would notice.</remarks>
    public long ScrubBytesPerSecond { get; init; } = 4 << 20;

    /// <summary>
    /// Whether a commit that comes while nothing is being written is written by its caller's own thread, which is blocked for the time of a sync:
    /// without two hand-overs between threads an idle engine answers sooner. For a server, whose threads may block; off where a caller's must not.
    /// </summary>
    public bool CallersWrite { get; init; }

    internal void Validate()
    {
        Check(SegmentBytes is >= 16 << 10 and <= 1 << 30, nameof(SegmentBytes), "16 KiB to 1 GiB");
        Check(InlineBodyBytesMax is >= 0 and <= 1 << 20, nameof(InlineBodyBytesMax), "0 to 1 MiB");
        Check(RecentBytesMax >= 256 << 10, nameof(RecentBytesMax), "256 KiB or more");
        Check(ReserveBytes >= 0, nameof(ReserveBytes), "0 or more");
        Check(SparesMax >= 0, nameof(SparesMax), "0 or more");
        Check(RewriteBelow is >= 0 and <= 0.9, nameof(RewriteBelow), "0 to 0.9");
        Check(RewriteBytesPerSecond > 0, nameof(RewriteBytesPerSecond), "more than 0");
        Check(SettleTime >= TimeSpan.Zero && SettleTime <= TimeSpan.FromHours(1), nameof(SettleTime), "0 to 1 hour");
        Check(IndexBytesMax >= 0, nameof(IndexBytesMax), "0 or more");
        Check(ScrubBytesPerSecond >= 0, nameof(ScrubBytesPerSecond), "0 or more");
        Check(BodyGrace > TimeSpan.Zero, nameof(BodyGrace), "more than 0");
        Check(KeysMax > 0, nameof(KeysMax), "more than 0");
    }

    private static void Check(bool isRight, string name, string range)
    {
        if (!isRight)
            throw new ArgumentOutOfRangeException(name, $"{name} must be {range}.");
    }
}

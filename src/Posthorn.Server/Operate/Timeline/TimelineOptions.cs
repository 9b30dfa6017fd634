namespace Posthorn.Server.Operate.Timeline;

/// <summary>How long the events of messages' lives are kept.</summary>
public sealed record TimelineOptions
{
    /// <summary>Events older than this are removed, a file at a time.</summary>
    public TimeSpan Retention { get; init; } = TimeSpan.FromDays(30);

    /// <summary>When all files together have more bytes than this, the oldest are removed whatever their age.</summary>
    public long BytesMax { get; init; } = 2_000_000_000;

    /// <summary>A file grows to this many bytes before the next one is begun; what is removed is always whole files.</summary>
    public long FileBytesMax { get; init; } = 32_000_000;

    /// <summary>Longest time a recorded event stays in memory: what a killed process loses.</summary>
    public TimeSpan FlushDelayMax { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Events that may wait for the disk; what comes while it is full is dropped and counted.</summary>
    public int PendingMax { get; init; } = 65_536;
}

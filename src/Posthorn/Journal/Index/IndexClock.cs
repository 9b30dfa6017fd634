namespace Posthorn.Journal.Index;

/// <summary>The present, as the index and its queues have it: set before anything that depends on it.</summary>
internal sealed class IndexClock(long wallNow)
{
    /// <summary>Milliseconds of Unix time.</summary>
    public long WallNow { get; set; } = wallNow;
}

namespace Posthorn.Journal.Writing;

/// <summary>
/// How many bytes rewriting may write now: so many a second, and a share of what commits write. What is not used is kept up to a limit, so that after an hour
/// without work the disk is not flooded all the same.
/// </summary>
/// <remarks>One at a time uses it.</remarks>
/// <param name="time">The clock.</param>
/// <param name="bytesPerSecond">Allowed even when nobody commits.</param>
/// <param name="bytesMax">So much is kept at most, and is there at the start.</param>
internal sealed class RewriteBudget(TimeProvider time, long bytesPerSecond, long bytesMax)
{
    /// <summary>Share of what commits write that rewriting may add.</summary>
    private const double Share = 0.25;

    private double _bytes = bytesMax;
    private long _lookedAt = time.GetTimestamp();
    private long _committed;

    /// <summary>Takes bytes that were written, be they more than there is.</summary>
    public void Take(long bytes) => _bytes -= bytes;

    /// <summary>Whether more may be written.</summary>
    /// <param name="committed">Bytes that commits have written since the start.</param>
    public bool IsOpen(long committed)
    {
        var now = time.GetTimestamp();
        _bytes += (time.GetElapsedTime(_lookedAt, now).TotalSeconds * bytesPerSecond) + ((committed - _committed) * Share);
        (_lookedAt, _committed) = (now, committed);
        _bytes = Math.Min(_bytes, bytesMax);
        return _bytes >= 0;
    }
}

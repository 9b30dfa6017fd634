namespace Posthorn.Journal.Writing;

/// <summary>A stretch of memory in which batches are put together, and which then serves reads of what was written last.</summary>
/// <remarks>Used and Batches are guarded by the engine's lock; pins are released anywhere.</remarks>
internal sealed class Chunk(int length)
{
    private int _pins;

    public byte[] Bytes { get; } = GC.AllocateUninitializedArray<byte>(length);

    public int Used { get; set; }

    /// <summary>Batches in it that are not yet on disk and applied.</summary>
    public int BatchesUnderWay { get; set; }

    /// <summary>Whether a reader looks at its bytes: then they may not be written over.</summary>
    public bool IsPinned => Volatile.Read(ref _pins) > 0;

    public void Pin() => Interlocked.Increment(ref _pins);

    public void Unpin() => Interlocked.Decrement(ref _pins);
}

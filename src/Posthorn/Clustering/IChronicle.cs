namespace Posthorn.Clustering;

/// <summary>An append-only history that all nodes of a cluster write and read. It is not the queue: what was written last may be lost with the server.</summary>
public interface IChronicle
{
    /// <summary>Appends a piece; every node can find it when the call returns.</summary>
    /// <exception cref="Engine.EngineUnavailableException">The store cannot be reached; whether it was appended is not known.</exception>
    ValueTask AppendAsync(ChroniclePiece piece, CancellationToken cancellationToken = default);

    /// <summary>The pieces with a key, latest first.</summary>
    /// <param name="key">The key.</param>
    /// <param name="before">Only those before this one: the last of those that were read; <see cref="long.MaxValue"/> begins.</param>
    /// <param name="max">How many at most: 1 or more.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="Engine.EngineUnavailableException">The store cannot be reached.</exception>
    ValueTask<IReadOnlyList<ChroniclePiece>> FindAsync(ulong key, long before, int max, CancellationToken cancellationToken = default);

    /// <summary>Removes what was written before a day: whole days only, the day of <paramref name="time"/> stays. Days of more bytes than <paramref name="bytesMax"/> in all go too, the oldest first.</summary>
    ValueTask RemoveBeforeAsync(DateTimeOffset time, long bytesMax, CancellationToken cancellationToken = default);
}

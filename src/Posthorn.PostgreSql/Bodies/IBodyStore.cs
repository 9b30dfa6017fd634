namespace Posthorn.PostgreSql.Bodies;

/// <summary>Where large bodies are: chunks that are written in order, read at any place, and removed together.</summary>
internal interface IBodyStore
{
    /// <summary>Writes a chunk, durably.</summary>
    /// <param name="body">The body.</param>
    /// <param name="chunk">Its place, counted from 0; all but the last are of <see cref="ChunkBytes"/>.</param>
    /// <param name="bytes">Its bytes.</param>
    /// <param name="cancellationToken">Ends it.</param>
    Task WriteAsync(long body, int chunk, byte[] bytes, CancellationToken cancellationToken);

    /// <summary>Reads a chunk and checks it; null when it is gone.</summary>
    /// <exception cref="Engine.BodyLostException">It is damaged.</exception>
    Task<byte[]?> ReadAsync(long body, int chunk, CancellationToken cancellationToken);

    /// <summary>Removes all chunks of bodies.</summary>
    Task RemoveAsync(IReadOnlyList<long> bodies, CancellationToken cancellationToken);

    /// <summary>Bytes in a chunk.</summary>
    int ChunkBytes { get; }
}

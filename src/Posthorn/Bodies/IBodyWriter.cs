using System.Buffers;

namespace Posthorn.Bodies;

/// <summary>
/// Takes a body as it streams in. Up to the engine's inline limit it stays in memory; beyond that it goes to a file aside,
/// so memory stays flat whatever the size. One writer, one caller at a time.
/// </summary>
/// <remarks>
/// Write through <see cref="IBufferWriter{T}"/>, then <see cref="FlushAsync"/> from time to time (after each read from the peer):
/// that is where bytes leave memory and where a full or broken disk is told.
/// Disposing without a commit that names the body removes what was written; after such a commit it does nothing.
/// </remarks>
public interface IBodyWriter : IBufferWriter<byte>, IAsyncDisposable
{
    /// <summary>Bytes written so far.</summary>
    long Length { get; }

    /// <summary>Lets what was written leave memory when there is too much of it; completes at once while the body is small.</summary>
    /// <exception cref="Engine.StorageFullException">No space; the body is lost, the engine goes on.</exception>
    ValueTask FlushAsync(CancellationToken cancellationToken);

    /// <summary>Ends the body. It becomes durable with the first commit that names it, and not before.</summary>
    /// <exception cref="Engine.StorageFullException">No space; the body is lost, the engine goes on.</exception>
    ValueTask<Body> CompleteAsync(CancellationToken cancellationToken);
}

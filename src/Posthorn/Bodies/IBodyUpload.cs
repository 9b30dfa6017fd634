using Posthorn.Engine;

namespace Posthorn.Bodies;

/// <summary>A body on its way into a store. One caller at a time. Disposed of without having been completed, it leaves nothing.</summary>
public interface IBodyUpload : IAsyncDisposable
{
    /// <summary>Takes the next bytes; what is taken may still be in memory when this returns, a bounded amount of it.</summary>
    /// <param name="bytes">The caller's again when this returns.</param>
    /// <param name="cancellationToken">Ends it; the upload can only be disposed of then.</param>
    /// <exception cref="EngineUnavailableException">The store cannot be used now; the upload is lost.</exception>
    /// <exception cref="StorageFullException">The store has no space; the upload is lost.</exception>
    ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken);

    /// <summary>Ends the body: when this returns it is on stable storage with its length and checksums (CRC-32C), and is there for every reader.</summary>
    /// <exception cref="EngineUnavailableException">The store cannot be used now; whether the body is there is not known, and it is to be removed.</exception>
    /// <exception cref="StorageFullException">The store has no space; the upload is lost.</exception>
    ValueTask CompleteAsync(CancellationToken cancellationToken);
}

using Posthorn.Engine;

namespace Posthorn.Bodies;

/// <summary>An open body. No byte is given out whose checksum was not right. One caller at a time; cheapest from front to back.</summary>
public interface IBodyReader : IAsyncDisposable
{
    /// <summary>Reads at least one byte, at most as many as fit.</summary>
    /// <param name="offset">0 to the body's length, exclusive.</param>
    /// <param name="buffer">Not empty.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="BodyLostException">It is gone meanwhile, or is not what was written.</exception>
    /// <exception cref="EngineUnavailableException">The store cannot be used now.</exception>
    ValueTask<int> ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken);
}

namespace Posthorn.Files;

/// <summary>An open file. A write completes whole or throws; it is durable only after a <see cref="FlushAsync"/> that returned.</summary>
public interface IJournalFile : IAsyncDisposable
{
    /// <summary>Its length in bytes.</summary>
    long Length { get; }

    /// <summary>Reads up to the target's length; fewer bytes only at the end of the file.</summary>
    ValueTask<int> ReadAsync(long offset, Memory<byte> target);

    /// <summary>Writes all of the source; visible to reads at once.</summary>
    /// <exception cref="IOException">Not all was written; what part was is unknown.</exception>
    ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> source);

    /// <summary>Puts data and length on stable storage. When it throws once, the file is poisoned for good: never flushed again.</summary>
    ValueTask FlushAsync();

    /// <summary>Sets the length; growing reserves the space (or throws that there is none) and fills with zeros.</summary>
    ValueTask SetLengthAsync(long length);
}

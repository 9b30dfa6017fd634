namespace Posthorn.Bodies;

/// <summary>Immutable bytes, stored once and shared by every message that refers to them. An engine makes bodies; it knows where the bytes lie.</summary>
public abstract class Body
{
    /// <summary>Number of bytes, zero or more.</summary>
    public abstract long Length { get; }

    /// <summary>The bytes, when they happen to be in memory; null when they must be read (<see cref="Engine.IEngine.OpenAsync"/>).</summary>
    public abstract ReadOnlyMemory<byte>? Bytes { get; }

    /// <summary>No bytes.</summary>
    public static Body Empty { get; } = Of(default);

    /// <summary>A body from bytes in memory. Not copied: they must not change until the commit that names the body has completed.</summary>
    public static Body Of(ReadOnlyMemory<byte> bytes) => new MemoryBody(bytes);
}

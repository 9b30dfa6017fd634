namespace Posthorn.Bodies;

/// <summary>A body that is in memory and not yet, or not any more, a matter of where it is stored.</summary>
internal sealed class MemoryBody(ReadOnlyMemory<byte> bytes) : Body
{
    public override long Length => bytes.Length;

    public override ReadOnlyMemory<byte>? Bytes => bytes;
}

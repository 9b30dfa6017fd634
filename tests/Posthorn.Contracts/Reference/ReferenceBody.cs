using Posthorn.Bodies;

namespace Posthorn.Contracts.Reference;

/// <summary>A body that a message carries; gone with the last that does, though its bytes are still there.</summary>
internal sealed class ReferenceBody(ReadOnlyMemory<byte> bytes) : Body
{
    public override long Length => bytes.Length;

    public override ReadOnlyMemory<byte>? Bytes => bytes;
}

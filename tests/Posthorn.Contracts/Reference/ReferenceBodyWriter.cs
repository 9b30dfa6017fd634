using System.Buffers;
using Posthorn.Bodies;

namespace Posthorn.Contracts.Reference;

internal sealed class ReferenceBodyWriter : IBodyWriter
{
    private readonly ArrayBufferWriter<byte> _bytes = new();

    public long Length => _bytes.WrittenCount;

    public void Advance(int count) => _bytes.Advance(count);

    public Memory<byte> GetMemory(int sizeHint = 0) => _bytes.GetMemory(sizeHint);

    public Span<byte> GetSpan(int sizeHint = 0) => _bytes.GetSpan(sizeHint);

    public ValueTask FlushAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask<Body> CompleteAsync(CancellationToken cancellationToken) => ValueTask.FromResult(Body.Of(_bytes.WrittenMemory.ToArray()));

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

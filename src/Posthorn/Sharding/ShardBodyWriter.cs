using Posthorn.Bodies;

namespace Posthorn.Sharding;

/// <summary>Takes a body whose shard is not known yet: a small one stays in memory and belongs to nobody, a large one goes to the home shard.</summary>
internal sealed class ShardBodyWriter(ShardLink home) : IBodyWriter
{
    private readonly IBodyWriter _inner = home.Engine.CreateBody();

    public long Length => _inner.Length;

    public void Advance(int count) => _inner.Advance(count);

    public Memory<byte> GetMemory(int sizeHint = 0) => _inner.GetMemory(sizeHint);

    public Span<byte> GetSpan(int sizeHint = 0) => _inner.GetSpan(sizeHint);

    public ValueTask FlushAsync(CancellationToken cancellationToken) => _inner.FlushAsync(cancellationToken);

    public async ValueTask<Body> CompleteAsync(CancellationToken cancellationToken)
    {
        var body = await _inner.CompleteAsync(cancellationToken);
        return body is MemoryBody ? body : new ShardBody(home, body);
    }

    public ValueTask DisposeAsync() => _inner.DisposeAsync();
}

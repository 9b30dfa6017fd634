using System.Buffers;
using Posthorn.Bodies;

namespace Posthorn.PostgreSql.Bodies;

/// <summary>Takes a body as it streams in: up to the inline limit in memory, beyond that a chunk at a time into the store.</summary>
/// <param name="store">Where chunks go.</param>
/// <param name="begin">Makes the body's row, which nothing refers to yet.</param>
/// <param name="touch">Says that the body is still being written.</param>
/// <param name="end">Writes its length, and gives the body.</param>
/// <param name="remove">Removes it again, unless a commit has named it.</param>
/// <param name="inlineMax">Most bytes that stay in memory.</param>
internal sealed class BodyUpload(
    IBodyStore store, Func<CancellationToken, Task<long>> begin, Func<long, CancellationToken, Task> touch,
    Func<long, long, CancellationToken, Task<Body>> end, Func<long, Task> remove, int inlineMax) : IBodyWriter
{
    private byte[] _buffer = [];
    private int _buffered;
    private long? _id;
    private int _chunk;
    private long _stored;
    private bool _isCompleted;

    public long Length => _stored + _buffered;

    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, _buffer.Length - _buffered);
        _buffered += count;
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        ObjectDisposedException.ThrowIf(_isCompleted, this);
        var wanted = Math.Max(sizeHint, 4096);
        if (_buffer.Length - _buffered < wanted)
            Array.Resize(ref _buffer, Math.Max(_buffered + wanted, _buffer.Length * 2));
        return _buffer.AsMemory(_buffered);
    }

    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        if (Length <= inlineMax)
            return;
        _id ??= await begin(cancellationToken);
        var from = 0;
        for (; _buffered - from >= store.ChunkBytes; from += store.ChunkBytes)
            await StoreAsync(_buffer.AsMemory(from, store.ChunkBytes).ToArray(), cancellationToken);
        if (from == 0)
            return;
        _buffer.AsSpan(from, _buffered - from).CopyTo(_buffer);
        _buffered -= from;
        await touch(_id.Value, cancellationToken);
    }

    public async ValueTask<Body> CompleteAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_isCompleted, this);
        await FlushAsync(cancellationToken);
        if (_id is not { } id)
        {
            _isCompleted = true;
            return Body.Of(_buffer.AsMemory(0, _buffered));
        }
        var length = Length;
        var rest = _buffer.AsSpan(0, _buffered).ToArray();
        (_buffer, _buffered, _isCompleted) = ([], 0, true);
        if (rest.Length > 0)
            await StoreAsync(rest, cancellationToken);
        return await end(id, length, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        _isCompleted = true;
        if (_id is { } id)
            await remove(id);
        _id = null;
    }

    private async Task StoreAsync(byte[] bytes, CancellationToken cancellationToken)
    {
        await store.WriteAsync(_id!.Value, _chunk, bytes, cancellationToken);
        _chunk++;
        _stored += bytes.Length;
    }
}

namespace Posthorn.Bodies;

/// <summary>Takes a body as it streams in: up to the engine's limit in memory, beyond that into a store. What is the engine's own of that, who derives from it knows.</summary>
/// <param name="inlineMax">Most bytes that stay in memory; -1 sends everything to the store.</param>
internal abstract class StoreBodyWriter(int inlineMax) : IBodyWriter
{
    private const int SentAtOnce = 64 << 10;

    private BodyBuffer _buffer;
    private long _sent;
    private IBodyUpload? _upload;
    private bool _isCompleted;

    public long Length => _sent + _buffer.Length;

    public void Advance(int count) => _buffer.Advance(count);

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        ObjectDisposedException.ThrowIf(_isCompleted, this);
        return _buffer.GetMemory(sizeHint);
    }

    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Length <= inlineMax || _buffer.Length < SentAtOnce ? ValueTask.CompletedTask : SendAsync(cancellationToken);
    }

    public async ValueTask<Body> CompleteAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ObjectDisposedException.ThrowIf(_isCompleted, this);
        if (_upload is null && Length <= inlineMax)
        {
            _isCompleted = true;
            return Body.Of(_buffer.Written);
        }
        await SendAsync(cancellationToken);
        _buffer.Clear();
        _isCompleted = true;
        await _upload!.CompleteAsync(cancellationToken);
        return await EndAsync(_sent, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        _buffer.Clear();
        _isCompleted = true;
        if (_upload is not { } upload)
            return;
        _upload = null;
        await upload.DisposeAsync();
        await RemoveAsync();
    }

    /// <summary>Gives the body a name and begins its upload.</summary>
    protected abstract ValueTask<IBodyUpload> BeginAsync(CancellationToken cancellationToken);

    /// <summary>Some of the body was sent, and more will come.</summary>
    protected virtual ValueTask TouchAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <summary>The body is in the store.</summary>
    protected abstract ValueTask<Body> EndAsync(long length, CancellationToken cancellationToken);

    /// <summary>Removes the body again unless a commit has named it, and what the engine knows of it. Does not throw for a store that is away.</summary>
    protected abstract ValueTask RemoveAsync();

    private async ValueTask SendAsync(CancellationToken cancellationToken)
    {
        _upload ??= await BeginAsync(cancellationToken);
        await _upload.WriteAsync(_buffer.Written, cancellationToken);
        _sent += _buffer.Length;
        _buffer.Drop(_buffer.Length);
        await TouchAsync(cancellationToken);
    }
}

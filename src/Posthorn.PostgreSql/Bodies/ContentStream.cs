using Posthorn.Bodies;
using Posthorn.Engine;

namespace Posthorn.PostgreSql.Bodies;

/// <summary>Content as a stream: the prefix, then the body without what is left out. Of a large body one chunk is held.</summary>
internal sealed class ContentStream : Stream
{
    private readonly Content _content;
    private readonly ReadOnlyMemory<byte> _bytes;
    private readonly IBodyStore? _store;
    private readonly long _bodyId;
    private byte[] _chunk = [];
    private int _chunkNumber = -1;
    private long _position;

    /// <summary>Content whose body is in memory.</summary>
    public ContentStream(Content content, ReadOnlyMemory<byte> bytes) => (_content, _bytes) = (content, bytes);

    /// <summary>Content whose body is in chunks.</summary>
    public ContentStream(Content content, IBodyStore store, long bodyId) => (_content, _store, _bodyId) = (content, store, bodyId);

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => _content.Length;

    public override long Position
    {
        get => _position;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            _position = value;
        }
    }

    /// <summary>Reads the first chunk, so that a body that is gone is told at once.</summary>
    public async Task PrepareAsync(CancellationToken cancellationToken)
    {
        if (_store is not null && _content.Body.Length > _content.Skip)
            await LoadAsync(_content.Skip, cancellationToken);
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (buffer.IsEmpty || _position >= Length)
            return ValueTask.FromResult(0);
        if (_position < _content.Prefix.Length)
            return ValueTask.FromResult(CopyFrom(_content.Prefix.Span[(int)_position..], buffer.Span));
        var inBody = _position - _content.Prefix.Length + _content.Skip;
        if (_store is null)
            return ValueTask.FromResult(CopyFrom(_bytes.Span[(int)inBody..], buffer.Span));
        return _chunkNumber == inBody / _store.ChunkBytes
            ? ValueTask.FromResult(CopyFrom(_chunk.AsSpan((int)(inBody % _store.ChunkBytes)), buffer.Span))
            : LoadAndReadAsync(inBody, buffer, cancellationToken);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count)
    {
        var read = ReadAsync(buffer.AsMemory(offset, count));
#pragma warning disable VSTHRD002 // Whoever reads without waiting waits here, for one chunk.
        return read.IsCompletedSuccessfully ? read.Result : read.AsTask().GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
    }

    public override long Seek(long offset, SeekOrigin origin) => Position = origin switch
    {
        SeekOrigin.Begin => offset,
        SeekOrigin.Current => _position + offset,
        _ => Length + offset,
    };

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException("Content does not change.");

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("Content does not change.");

    private async ValueTask<int> LoadAndReadAsync(long inBody, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        await LoadAsync(inBody, cancellationToken);
        return CopyFrom(_chunk.AsSpan((int)(inBody % _store!.ChunkBytes)), buffer.Span);
    }

    private async Task LoadAsync(long inBody, CancellationToken cancellationToken)
    {
        var number = (int)(inBody / _store!.ChunkBytes);
        var chunk = await _store.ReadAsync(_bodyId, number, cancellationToken) ?? throw new BodyLostException("The body is gone: its last message was removed.", isDamaged: false);
        if (chunk.Length != Math.Min(_store.ChunkBytes, _content.Body.Length - ((long)number * _store.ChunkBytes)))
            throw new BodyLostException($"Chunk {number} of the body has {chunk.Length} bytes, which is not its length.", isDamaged: true);
        (_chunk, _chunkNumber) = (chunk, number);
    }

    private int CopyFrom(ReadOnlySpan<byte> source, Span<byte> target)
    {
        var count = Math.Min(source.Length, target.Length);
        source[..count].CopyTo(target);
        _position += count;
        return count;
    }
}

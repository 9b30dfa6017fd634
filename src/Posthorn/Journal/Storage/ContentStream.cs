using System.Buffers;
using Posthorn.Bodies;

namespace Posthorn.Journal.Storage;

/// <summary>Content as a stream: the prefix, then the body without what is left out. Reads of an open file are checked block by block.</summary>
internal sealed class ContentStream : Stream
{
    private readonly Content _content;
    private readonly BodyFile? _file;
    private ReadOnlyMemory<byte> _memory;
    private byte[]? _rented;
    private bool _isDisposed;
    private long _position;

    /// <summary>Content whose body is in memory.</summary>
    public ContentStream(Content content, ReadOnlyMemory<byte> body) => (_content, _memory) = (content, body);

    /// <summary>Content whose body is in a buffer of the shared pool, to which the stream gives it back.</summary>
    public ContentStream(Content content, byte[] rented, Range body) => (_content, _rented, _memory) = (content, rented, rented.AsMemory(body));

    /// <summary>Content whose body is in a file, which the stream closes.</summary>
    public ContentStream(Content content, BodyFile file) => (_content, _file) = (content, file);

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

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ObjectDisposedException.ThrowIf(_isDisposed, this); // the buffer may be another's
        if (buffer.IsEmpty || _position >= Length)
            return ValueTask.FromResult(0);
        var prefix = _content.Prefix;
        if (_position < prefix.Length)
            return ValueTask.FromResult(CopyFrom(prefix.Span[(int)_position..], buffer.Span));
        var inBody = _position - prefix.Length + _content.Skip;
        return _file is null ? ValueTask.FromResult(CopyFrom(_memory.Span[(int)inBody..], buffer.Span)) : ReadFileAsync(_file, inBody, buffer);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count)
    {
        var read = ReadAsync(buffer.AsMemory(offset, count));
#pragma warning disable VSTHRD002 // Files of a real disk complete before they return; only a simulated one could make this wait.
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

    public override async ValueTask DisposeAsync()
    {
        if (_file is not null)
            await _file.DisposeAsync();
        await base.DisposeAsync(); // disposes what is in memory
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            GiveBack();
        if (disposing && _file is not null)
        {
            var closing = _file.DisposeAsync();
#pragma warning disable VSTHRD002 // as in Read
            if (!closing.IsCompletedSuccessfully)
                closing.AsTask().GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
        }
        base.Dispose(disposing);
    }

    private void GiveBack()
    {
        _isDisposed = true;
        _memory = default;
        if (Interlocked.Exchange(ref _rented, null) is { } rented)
            ArrayPool<byte>.Shared.Return(rented);
    }

    private async ValueTask<int> ReadFileAsync(BodyFile file, long offset, Memory<byte> buffer)
    {
        var count = await file.ReadAsync(offset, buffer);
        _position += count;
        return count;
    }

    private int CopyFrom(ReadOnlySpan<byte> source, Span<byte> target)
    {
        var count = Math.Min(source.Length, target.Length);
        source[..count].CopyTo(target);
        _position += count;
        return count;
    }
}

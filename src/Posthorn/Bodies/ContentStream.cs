namespace Posthorn.Bodies;

/// <summary>Content as a stream: the prefix, then the body without what is left out. Where the body's bytes are, who derives from it knows.</summary>
internal abstract class ContentStream(Content content) : Stream
{
    private long _position;
    private bool _isDisposed;

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => content.Length;

    public override long Position
    {
        get => _position;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            _position = value;
        }
    }

    protected Content Content => content;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ObjectDisposedException.ThrowIf(_isDisposed, this); // the body's buffer may be another's
        if (buffer.IsEmpty || _position >= Length)
            return ValueTask.FromResult(0);
        var prefix = content.Prefix;
        if (_position < prefix.Length)
            return ValueTask.FromResult(Pass(Copy(prefix.Span[(int)_position..], buffer.Span)));
        var reading = ReadBodyAsync(_position - prefix.Length + content.Skip, buffer, cancellationToken);
        return reading.IsCompletedSuccessfully ? ValueTask.FromResult(Pass(reading.Result)) : PassAsync(reading);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count)
    {
        var read = ReadAsync(buffer.AsMemory(offset, count));
#pragma warning disable VSTHRD002 // Memory and files of a real disk are there at once; of a database whoever reads without waiting waits here, for one chunk.
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

    /// <summary>Reads some of the body, at least a byte of it.</summary>
    /// <param name="offset">Where in the body; it ends behind it.</param>
    /// <param name="buffer">Takes the bytes; not empty.</param>
    /// <param name="cancellationToken">Ends it.</param>
    protected abstract ValueTask<int> ReadBodyAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken);

    protected static int Copy(ReadOnlySpan<byte> source, Span<byte> target)
    {
        var count = Math.Min(source.Length, target.Length);
        source[..count].CopyTo(target);
        return count;
    }

    protected override void Dispose(bool disposing)
    {
        _isDisposed = true;
        base.Dispose(disposing);
    }

    private async ValueTask<int> PassAsync(ValueTask<int> reading) => Pass(await reading);

    private int Pass(int count)
    {
        _position += count;
        return count;
    }
}

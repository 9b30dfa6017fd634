namespace Posthorn.Protocols.Mime;

/// <summary>Reads a slice of a stream, decoded; forward only, with buffers of fixed size. Does not own the stream it reads from.</summary>
internal sealed class DecodingStream(Stream source, long length, ITransferDecoding? decoding) : Stream
{
    private const int BufferBytes = 8 * 1024;

    private readonly byte[] _encoded = new byte[decoding is null ? 0 : BufferBytes];
    private readonly byte[] _decoded = new byte[decoding is null ? 0 : BufferBytes];
    private long _left = length; // of the slice, not yet read from the source
    private int _encodedStart, _encodedEnd, _decodedStart, _decodedEnd;
    private bool _isSourceEnded;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        if (decoding is null)
            return Take(source.Read(buffer[..(int)Math.Min(buffer.Length, _left)]));
        while (NeedsMore())
            Filled(source.Read(Room().Span));
        return CopyTo(buffer);
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (decoding is null)
            return Take(await source.ReadAsync(buffer[..(int)Math.Min(buffer.Length, _left)], cancellationToken));
        while (NeedsMore())
            Filled(await source.ReadAsync(Room(), cancellationToken));
        return CopyTo(buffer.Span);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private int Take(int read)
    {
        _left -= read;
        return read;
    }

    /// <summary>Decodes what is buffered when nothing decoded is left; true when that needs more from the source.</summary>
    private bool NeedsMore()
    {
        if (_decodedStart < _decodedEnd)
            return false;
        decoding!.Decode(_encoded.AsSpan(_encodedStart, _encodedEnd - _encodedStart), _decoded, _isSourceEnded, out var consumed, out _decodedEnd);
        _decodedStart = 0;
        _encodedStart += consumed;
        return _decodedEnd == 0 && !_isSourceEnded;
    }

    private Memory<byte> Room()
    {
        _encoded.AsSpan(_encodedStart.._encodedEnd).CopyTo(_encoded);
        _encodedEnd -= _encodedStart;
        _encodedStart = 0;
        return _encoded.AsMemory(_encodedEnd, (int)Math.Min(_encoded.Length - _encodedEnd, _left));
    }

    private void Filled(int read)
    {
        _encodedEnd += Take(read);
        _isSourceEnded = read == 0 || _left == 0;
    }

    private int CopyTo(Span<byte> buffer)
    {
        var count = Math.Min(buffer.Length, _decodedEnd - _decodedStart);
        _decoded.AsSpan(_decodedStart, count).CopyTo(buffer);
        _decodedStart += count;
        return count;
    }
}

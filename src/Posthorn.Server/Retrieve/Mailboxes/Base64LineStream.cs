using System.Buffers;
using System.Buffers.Text;

namespace Posthorn.Server.Retrieve.Mailboxes;

/// <summary>A header as it is and behind it a stream in base64, in lines of 76 characters (RFC 2045 6.8): any place of it can be read, and no more than a few lines are held.</summary>
/// <remarks>Owns the stream it reads, which must be able to seek. Asynchronous only.</remarks>
internal sealed class Base64LineStream(ReadOnlyMemory<byte> header, Stream source) : Stream
{
    private const int PlainBytes = 57;
    private const int LineBytes = 78; // 76 and the line end
    private const int LinesAtOnceMax = 128;

    private long _position;

    /// <summary>How many bytes <paramref name="plainLength"/> bytes become.</summary>
    public static long LengthOf(long plainLength)
    {
        var (lines, rest) = Math.DivRem(plainLength, PlainBytes);
        return (lines * LineBytes) + (rest == 0 ? 0 : ((rest + 2) / 3 * 4) + 2);
    }

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length { get; } = header.Length + LengthOf(source.Length);

    public override long Position
    {
        get => _position;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            _position = value;
        }
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty || _position >= Length)
            return 0;
        if (_position < header.Length)
        {
            var rest = header[(int)_position..];
            var taken = Math.Min(rest.Length, buffer.Length);
            rest[..taken].CopyTo(buffer);
            _position += taken;
            return taken;
        }
        var (line, column) = Math.DivRem(_position - header.Length, LineBytes);
        var lines = (int)Math.Clamp((buffer.Length + column) / LineBytes, 1, LinesAtOnceMax);
        var rented = ArrayPool<byte>.Shared.Rent(lines * (PlainBytes + LineBytes));
        try
        {
            var plain = rented.AsMemory(0, lines * PlainBytes);
            source.Position = line * PlainBytes;
            plain = plain[..await source.ReadAtLeastAsync(plain, plain.Length, throwOnEndOfStream: false, cancellationToken)];
            var encoded = Encode(plain.Span, rented.AsSpan(lines * PlainBytes));
            var given = encoded[(int)column..];
            given = given[..Math.Min(given.Length, buffer.Length)];
            given.CopyTo(buffer.Span);
            _position += given.Length;
            return given.Length;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Only asynchronous reads.");

    public override long Seek(long offset, SeekOrigin origin) => Position = offset + origin switch
    {
        SeekOrigin.Begin => 0,
        SeekOrigin.Current => _position,
        _ => Length,
    };

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override async ValueTask DisposeAsync()
    {
        await source.DisposeAsync();
        await base.DisposeAsync();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            source.Dispose();
        base.Dispose(disposing);
    }

    private static Span<byte> Encode(ReadOnlySpan<byte> plain, Span<byte> to)
    {
        var length = 0;
        while (!plain.IsEmpty)
        {
            var line = plain[..Math.Min(PlainBytes, plain.Length)];
            Base64.EncodeToUtf8(line, to[length..], out _, out var written);
            length += written;
            to[length++] = (byte)'\r';
            to[length++] = (byte)'\n';
            plain = plain[line.Length..];
        }
        return to[..length];
    }
}

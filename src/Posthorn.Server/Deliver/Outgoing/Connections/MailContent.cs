using System.Buffers;
using Posthorn.Bodies;
using Posthorn.Engine;

namespace Posthorn.Server.Deliver.Outgoing.Connections;

/// <summary>The content of one mail as it is sent: in memory while it is small, else a stream that is read in slices.</summary>
internal sealed class MailContent : IAsyncDisposable
{
    /// <summary>Up to here content is taken into memory whole: one read, one write, and it can be looked through before it is sent.</summary>
    public const int SmallBytesMax = 256 * 1024;

    private readonly ReadOnlyMemory<byte>[] _pieces;
    private readonly Stream? _stream;
    private byte[]? _rented;

    private MailContent(ReadOnlyMemory<byte>[] pieces, Stream? stream, byte[]? rented, long length)
    {
        (_pieces, _stream, _rented, Length) = (pieces, stream, rented, length);
    }

    public long Length { get; }

    /// <summary>In memory, in order; null when it is a stream.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>>? Pieces => _stream is null ? _pieces : null;

    /// <summary>Opens content with header lines of one recipient in front.</summary>
    /// <exception cref="BodyLostException">It can't be read.</exception>
    public static async ValueTask<MailContent> OpenAsync(IEngine engine, Content content, ReadOnlyMemory<byte> front, CancellationToken cancellationToken)
    {
        var length = content.Length + front.Length;
        if (content.Body.Bytes is { } bytes)
            return new MailContent([front, content.Prefix, bytes[(int)content.Skip..]], null, null, length);
        var stream = await engine.OpenAsync(content, cancellationToken);
        if (length > SmallBytesMax)
            return new MailContent([front], stream, null, length);
        await using (stream)
        {
            var rented = ArrayPool<byte>.Shared.Rent((int)content.Length);
            await stream.ReadExactlyAsync(rented.AsMemory(0, (int)content.Length), cancellationToken);
            return new MailContent([front, rented.AsMemory(0, (int)content.Length)], null, rented, length);
        }
    }

    /// <summary>The slices from the first byte to the last; each is valid until the next is asked for. Of a stream only once.</summary>
    public async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(int sliceBytes)
    {
        foreach (var piece in _pieces)
        {
            for (var at = 0; at < piece.Length; at += sliceBytes)
                yield return piece[at..Math.Min(at + sliceBytes, piece.Length)];
        }

        if (_stream is null)
            yield break;
        _rented ??= ArrayPool<byte>.Shared.Rent(sliceBytes);
        while (await _stream.ReadAsync(_rented.AsMemory(0, sliceBytes)) is > 0 and var read)
            yield return _rented.AsMemory(0, read);
    }

    public async ValueTask DisposeAsync()
    {
        if (_stream is not null)
            await _stream.DisposeAsync();
        if (_rented is not null)
            ArrayPool<byte>.Shared.Return(_rented);
        _rented = null;
    }
}

using Posthorn.Protocols.Mime;

namespace Posthorn.Protocols.Imap.Fetching;

/// <summary>Where the bytes of BINARY[…] lie, and how they are encoded.</summary>
/// <param name="Kind">What is there; never <see cref="SectionKind.Fields"/>.</param>
/// <param name="Offset">Of the first byte, from the mail's beginning.</param>
/// <param name="Length">How many bytes as encoded.</param>
/// <param name="Encoding">How to decode them (<see cref="MimeDecoder"/>); <see cref="TransferEncoding.Unknown"/> is answered with UNKNOWN-CTE (RFC 3516 4.3).</param>
public readonly record struct BinaryContent(SectionKind Kind, long Offset, long Length, TransferEncoding Encoding)
{
    private const int BufferBytes = 8 * 1024;

    /// <summary>Decodes it to tell its size.</summary>
    /// <param name="mail">The mail, seekable, its first byte at position 0.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>How many bytes there are decoded, and whether a NUL is among them.</returns>
    public async ValueTask<(long Length, bool HasNul)> MeasureAsync(Stream mail, CancellationToken cancellationToken)
    {
        var buffer = System.Buffers.ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            await using var decoded = MimeDecoder.Decode(mail, Offset, Length, Encoding);
            long length = 0;
            var hasNul = false;
            while (await decoded.ReadAsync(buffer, cancellationToken) is > 0 and var read)
            {
                length += read;
                hasNul = hasNul || buffer.AsSpan(0, read).Contains((byte)0);
            }
            return (length, hasNul);
        }
        finally
        {
            System.Buffers.ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}

using System.Buffers;

namespace Posthorn.Protocols.Mime;

/// <summary>Finds the structure of a mail (RFC 2045, 2046) in one pass with a buffer of fixed size: offsets only, no body is ever in memory.</summary>
/// <remarks>
/// Whatever the bytes are, the mail itself is found as the first part and the parts lie within their parents, in order, without overlap.
/// Line ends may be CRLF or LF. A multipart ends with its parent when its end boundary is missing.
/// </remarks>
public static class MimeReader
{
    private const int BufferBytes = 32 * 1024;

    /// <summary>Reads the structure.</summary>
    /// <param name="content">The mail, standing at its start. A stream that can seek is not read to its end when nothing more can be found.</param>
    /// <param name="limits">How much structure is kept.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public static ValueTask<MimePart> ReadAsync(Stream content, MimeLimits limits, CancellationToken cancellationToken) =>
        ReadAsync(content, limits, countsLines: false, cancellationToken);

    /// <summary>Reads the structure of a mail in memory.</summary>
    public static MimePart Read(ReadOnlySpan<byte> content, MimeLimits limits) => Read(content, limits, countsLines: false);

    /// <summary>As <see cref="ReadAsync(Stream, MimeLimits, CancellationToken)"/>, and tells of each part its <see cref="MimePart.BodyLines"/>; reads to the end for that.</summary>
    internal static ValueTask<MimePart> ReadCountingLinesAsync(Stream content, MimeLimits limits, CancellationToken cancellationToken) =>
        ReadAsync(content, limits, countsLines: true, cancellationToken);

    /// <summary>As <see cref="Read(ReadOnlySpan{byte}, MimeLimits)"/>, and tells of each part its <see cref="MimePart.BodyLines"/>.</summary>
    internal static MimePart ReadCountingLines(ReadOnlySpan<byte> content, MimeLimits limits) => Read(content, limits, countsLines: true);

    private static async ValueTask<MimePart> ReadAsync(Stream content, MimeLimits limits, bool countsLines, CancellationToken cancellationToken)
    {
        var structure = new MimeStructure(limits, countsLines);
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            long begun = content.CanSeek ? content.Position : 0, total = 0;
            for (var filled = 0; ;)
            {
                var read = await content.ReadAsync(buffer.AsMemory(filled, BufferBytes - filled), cancellationToken);
                filled += read;
                total += read;
                var consumed = structure.Consume(buffer.AsSpan(0, filled), isLast: read == 0);
                if (read == 0)
                    return structure.Complete(total);
                if (structure.RestIsBody && content.CanSeek && !countsLines)
                    return structure.Complete(Math.Max(total, content.Length - begun));
                buffer.AsSpan(consumed, filled - consumed).CopyTo(buffer);
                filled -= consumed;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static MimePart Read(ReadOnlySpan<byte> content, MimeLimits limits, bool countsLines)
    {
        var structure = new MimeStructure(limits, countsLines);
        structure.Consume(content, isLast: true);
        return structure.Complete(content.Length);
    }
}

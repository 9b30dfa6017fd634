using System.Buffers;

namespace Posthorn.Protocols.Mime;

/// <summary>Reads the bodies of parts, decoded (RFC 2045 6).</summary>
public static class MimeDecoder
{
    /// <summary>
    /// The part's body as a stream that reads forward, never fails on content and holds 16 KiB at most: base64 and quoted-printable decoded, others as they are.
    /// </summary>
    /// <param name="content">The mail. When it can seek, position 0 is the mail's first byte; otherwise it must stand at the part's body. Stays the caller's, who leaves it alone meanwhile.</param>
    /// <param name="part">A part of that mail.</param>
    public static Stream Decode(Stream content, MimePart part)
    {
        // RFC 2045 6.4: a multipart is never encoded, whatever it says.
        return Decode(content, part.BodyOffset, part.BodyLength, part.ContentType.IsMultipart ? TransferEncoding.Binary : part.TransferEncoding);
    }

    /// <summary>Bytes of a mail as <see cref="Decode(Stream, MimePart)"/> reads a part's, when it is known where they lie.</summary>
    /// <param name="content">The mail; as there.</param>
    /// <param name="offset">Where the encoded bytes begin.</param>
    /// <param name="length">How many they are.</param>
    /// <param name="encoding">How they are encoded.</param>
    public static Stream Decode(Stream content, long offset, long length, TransferEncoding encoding)
    {
        if (content.CanSeek)
            content.Position = offset;
        return new DecodingStream(content, length, encoding switch
        {
            TransferEncoding.Base64 => new Base64Decoding(),
            TransferEncoding.QuotedPrintable => new QuotedPrintableDecoding(),
            _ => null,
        });
    }

    /// <summary>The part's decoded bytes, as far as <paramref name="bytesMax"/>.</summary>
    /// <param name="content">As for <see cref="Decode(Stream, MimePart)"/>.</param>
    /// <param name="part">A part of that mail.</param>
    /// <param name="bytesMax">Most bytes returned, zero or more.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public static async ValueTask<ReadOnlyMemory<byte>> DecodeBytesAsync(Stream content, MimePart part, int bytesMax, CancellationToken cancellationToken)
    {
        await using var body = Decode(content, part);
        var bytes = new ArrayBufferWriter<byte>((int)Math.Clamp(part.BodyLength, 16, bytesMax + 16L));
        while (bytes.WrittenCount < bytesMax)
        {
            var memory = bytes.GetMemory(1024);
            var read = await body.ReadAsync(memory[..Math.Min(memory.Length, bytesMax - bytes.WrittenCount)], cancellationToken);
            if (read == 0)
                break;
            bytes.Advance(read);
        }
        return bytes.WrittenMemory;
    }

    /// <summary>The part's text: decoded, in its charset (<see cref="MimeCharset.Decode"/>), line ends as they are.</summary>
    /// <param name="content">As for <see cref="Decode(Stream, MimePart)"/>.</param>
    /// <param name="part">A part of that mail.</param>
    /// <param name="bytesMax">Most decoded bytes taken; text beyond is cut.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public static async ValueTask<string> DecodeTextAsync(Stream content, MimePart part, int bytesMax, CancellationToken cancellationToken)
    {
        var bytes = await DecodeBytesAsync(content, part, bytesMax, cancellationToken);
        return MimeCharset.Decode(bytes.Span, part.ContentType.Charset);
    }
}

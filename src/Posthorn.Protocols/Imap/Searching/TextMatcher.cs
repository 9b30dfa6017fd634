using System.Buffers;
using System.Text;
using Posthorn.Protocols.Imap.Structure;
using Posthorn.Protocols.Mime;

namespace Posthorn.Protocols.Imap.Searching;

/// <summary>
/// Looks for a text in a mail as people see it: transfer encodings and charsets undone, without regard to case. Parts that are text are read in pieces of
/// fixed size; attachments of other kinds are not read at all.
/// </summary>
internal sealed class TextMatcher(string text)
{
    /// <summary>Most bytes of one header that are looked at.</summary>
    private const int HeaderBytesMax = 256 * 1024;

    private const int BufferBytes = 8 * 1024;

    /// <summary>Whether it is in there.</summary>
    /// <param name="mail">The mail, seekable.</param>
    /// <param name="structure">Its structure.</param>
    /// <param name="isWithHeader">Whether headers count: the mail's own and those of its parts. Those of a mail inside count as its text always.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public async ValueTask<bool> IsInAsync(Stream mail, MailStructure structure, bool isWithHeader, CancellationToken cancellationToken)
    {
        var left = new Stack<(StructurePart Part, bool IsHeaderText)>([(structure.Root, isWithHeader)]);
        while (left.TryPop(out var next))
        {
            var (part, isHeaderText) = next;
            if (isHeaderText && await IsInHeaderAsync(mail, part, cancellationToken))
                return true;
            // Of other types than text those that say something in it: reports, and mails that come in parts (message/partial).
            var isText = part.IsText || (part.Type.Span.SequenceEqual("message"u8) && part.Children.Count == 0);
            if (isText && await IsInBodyAsync(mail, part, cancellationToken))
                return true;
            for (var i = part.Children.Count - 1; i >= 0; i--)
                left.Push((part.Children[i], isWithHeader || part.IsMessage));
        }
        return false;
    }

    private async ValueTask<bool> IsInHeaderAsync(Stream mail, StructurePart part, CancellationToken cancellationToken)
    {
        var bytes = new byte[Math.Min(part.HeaderLength, HeaderBytesMax)];
        mail.Position = part.HeaderOffset;
        var length = await mail.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellationToken);
        foreach (var field in HeaderBlock.Parse(bytes.AsMemory(0, length)).Fields)
            if ($"{field.Name}: {field.Text}".Contains(text, StringComparison.OrdinalIgnoreCase))
                return true;
        return false;
    }

    private async ValueTask<bool> IsInBodyAsync(Stream mail, StructurePart part, CancellationToken cancellationToken)
    {
        foreach (var encoding in Encodings(part))
            if (await IsInBodyAsync(mail, part, encoding, cancellationToken))
                return true;
        return false;
    }

    /// <summary>
    /// What a part's charset may be. Without one that is known its bytes may be UTF-8 or the most common 8-bit set; which one shows only at their end,
    /// so both are tried when it makes a difference.
    /// </summary>
    private IEnumerable<Encoding> Encodings(StructurePart part)
    {
        var named = MimeCharset.Find(part.Charset);
        if (named is not null && !ReferenceEquals(named, Encoding.ASCII))
            return [named];
        return Ascii.IsValid(text) ? [Encoding.UTF8] : [Encoding.UTF8, MimeCharset.Windows1252];
    }

    private async ValueTask<bool> IsInBodyAsync(Stream mail, StructurePart part, Encoding encoding, CancellationToken cancellationToken)
    {
        var decoder = encoding.GetDecoder();
        var bytes = ArrayPool<byte>.Shared.Rent(BufferBytes);
        // What may be the beginning of the text stays in front of the next piece.
        var chars = ArrayPool<char>.Shared.Rent(text.Length + encoding.GetMaxCharCount(BufferBytes));
        try
        {
            await using var body = MimeDecoder.Decode(mail, part.BodyOffset, part.BodyLength, part.Encoding);
            for (var filled = 0; ;)
            {
                var read = await body.ReadAsync(bytes.AsMemory(0, BufferBytes), cancellationToken);
                filled += decoder.GetChars(bytes.AsSpan(0, read), chars.AsSpan(filled), flush: read == 0);
                if (chars.AsSpan(0, filled).IndexOf(text, StringComparison.OrdinalIgnoreCase) >= 0)
                    return true;
                if (read == 0)
                    return false;
                var kept = Math.Min(filled, text.Length - 1);
                chars.AsSpan(filled - kept, kept).CopyTo(chars);
                filled = kept;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
            ArrayPool<char>.Shared.Return(chars);
        }
    }
}

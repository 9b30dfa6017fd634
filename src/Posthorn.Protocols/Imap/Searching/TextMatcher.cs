using System.Buffers;
using System.Text;
using Posthorn.Protocols.Imap.Structure;
using Posthorn.Protocols.Mime;

namespace Posthorn.Protocols.Imap.Searching;

/// <summary>
/// Looks for texts in one mail as people see it, all in one reading: transfer encodings and charsets undone, without regard to case. Parts that are text are
/// read in pieces of fixed size; attachments of other kinds are not read at all, and nothing is once all texts were found.
/// </summary>
internal sealed class TextMatcher(IReadOnlyList<SearchedText> texts)
{
    /// <summary>Most bytes of one header that are looked at.</summary>
    private const int HeaderBytesMax = 256 * 1024;

    private const int BufferBytes = 8 * 1024;

    private readonly bool[] _found = new bool[texts.Count];

    /// <summary>Finds which of the texts are in there.</summary>
    /// <param name="mail">The mail, seekable.</param>
    /// <param name="structure">Its structure.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public async ValueTask<IReadOnlyList<bool>> FindAsync(Stream mail, MailStructure structure, CancellationToken cancellationToken)
    {
        var left = new Stack<(StructurePart Part, bool IsMailInside)>([(structure.Root, false)]);
        while (Array.IndexOf(_found, false) >= 0 && left.TryPop(out var next))
        {
            var (part, isMailInside) = next;
            await LookInHeaderAsync(mail, part, Missing(t => t.IsWithHeader || isMailInside), cancellationToken);
            // Of other types than text those that say something in it: reports, and mails that come in parts (message/partial).
            if (part.IsText || (part.Type.Span.SequenceEqual("message"u8) && part.Children.Count == 0))
                await LookInBodyAsync(mail, part, cancellationToken);
            for (var i = part.Children.Count - 1; i >= 0; i--)
                left.Push((part.Children[i], part.IsMessage));
        }
        return _found;
    }

    /// <summary>The places of texts that are still looked for.</summary>
    private List<int> Missing(Func<SearchedText, bool> isMeant)
    {
        var missing = new List<int>(texts.Count);
        for (var i = 0; i < texts.Count; i++)
        {
            if (!_found[i] && isMeant(texts[i]))
                missing.Add(i);
        }
        return missing;
    }

    private void Look(ReadOnlySpan<char> chars, List<int> wanted)
    {
        for (var i = wanted.Count - 1; i >= 0; i--)
        {
            if (chars.IndexOf(texts[wanted[i]].Value, StringComparison.OrdinalIgnoreCase) < 0)
                continue;
            _found[wanted[i]] = true;
            wanted.RemoveAt(i);
        }
    }

    private async ValueTask LookInHeaderAsync(Stream mail, StructurePart part, List<int> wanted, CancellationToken cancellationToken)
    {
        if (wanted.Count == 0)
            return;
        var bytes = new byte[Math.Min(part.HeaderLength, HeaderBytesMax)];
        mail.Position = part.HeaderOffset;
        var length = await mail.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellationToken);
        foreach (var field in HeaderBlock.Parse(bytes.AsMemory(0, length)).Fields)
            Look($"{field.Name}: {field.Text}", wanted);
    }

    /// <remarks>
    /// Without a charset that is known a part's bytes may be UTF-8 or the most common 8-bit set; which one shows only at their end, so both are tried for
    /// texts with which it makes a difference.
    /// </remarks>
    private async ValueTask LookInBodyAsync(Stream mail, StructurePart part, CancellationToken cancellationToken)
    {
        var named = MimeCharset.Find(part.Charset);
        if (named is not null && !ReferenceEquals(named, Encoding.ASCII))
        {
            await LookInBodyAsync(mail, part, named, Missing(static _ => true), cancellationToken);
            return;
        }
        await LookInBodyAsync(mail, part, Encoding.UTF8, Missing(static _ => true), cancellationToken);
        await LookInBodyAsync(mail, part, MimeCharset.Windows1252, Missing(static t => !Ascii.IsValid(t.Value)), cancellationToken);
    }

    private async ValueTask LookInBodyAsync(Stream mail, StructurePart part, Encoding encoding, List<int> wanted, CancellationToken cancellationToken)
    {
        if (wanted.Count == 0)
            return;
        var longest = wanted.Max(i => texts[i].Value.Length);
        var decoder = encoding.GetDecoder();
        var bytes = ArrayPool<byte>.Shared.Rent(BufferBytes);
        // What may be the beginning of a text stays in front of the next piece.
        var chars = ArrayPool<char>.Shared.Rent(longest + encoding.GetMaxCharCount(BufferBytes));
        try
        {
            await using var body = MimeDecoder.Decode(mail, part.BodyOffset, part.BodyLength, part.Encoding);
            for (var filled = 0; wanted.Count > 0;)
            {
                var read = await body.ReadAsync(bytes.AsMemory(0, BufferBytes), cancellationToken);
                filled += decoder.GetChars(bytes.AsSpan(0, read), chars.AsSpan(filled), flush: read == 0);
                Look(chars.AsSpan(0, filled), wanted);
                if (read == 0)
                    return;
                var kept = Math.Min(filled, longest - 1);
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

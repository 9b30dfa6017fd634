using System.Text;

namespace Posthorn.Protocols.Mime;

/// <summary>What a door needs to know of each mail's header, found in one pass without an object a field.</summary>
/// <param name="ReceivedCount">How many <c>Received</c> fields there are: the hops behind it (RFC 5321 6.3).</param>
/// <param name="MessageId">The first Message-ID without angle brackets; null without one.</param>
/// <param name="Subject">The first Subject, decoded; null without one.</param>
/// <param name="HasFrom">Whether there is a From field.</param>
/// <param name="HasDate">Whether there is a Date field.</param>
/// <param name="HeaderLength">Bytes up to the body; what was given, when the header goes on beyond that.</param>
/// <param name="IsComplete">Whether the header's end was seen.</param>
public readonly record struct HeaderScan(
    int ReceivedCount, string? MessageId, string? Subject, bool HasFrom, bool HasDate, int HeaderLength, bool IsComplete)
{
    /// <summary>Looks at the header at the start of a mail; never throws on content.</summary>
    /// <param name="start">The mail's first bytes, or all of it.</param>
    public static HeaderScan Of(ReadOnlySpan<byte> start)
    {
        var received = 0;
        bool hasFrom = false, hasDate = false;
        Range? messageId = null, subject = null;
        var position = HeaderSyntax.PrologueLength(start);
        var kind = HeaderLine.Continuation;
        for (var isFirst = true; position < start.Length; isFirst = false)
        {
            var lineLength = start[position..].IndexOf((byte)'\n') + 1;
            var line = lineLength == 0 ? start[position..] : start.Slice(position, lineLength);
            kind = HeaderSyntax.Classify(line);
            if (kind == HeaderLine.Blank)
            {
                position += line.Length;
                break;
            }
            if (kind == HeaderLine.Other || (kind == HeaderLine.Continuation && isFirst))
            {
                kind = HeaderLine.Other;
                break;
            }
            if (kind == HeaderLine.Field)
            {
                // Told apart by length first: most fields cost two comparisons.
                var name = line[..HeaderSyntax.NameLength(line)];
                switch (name.Length)
                {
                    case 8 when Is(name, "received"u8):
                        received++;
                        break;
                    case 10 when messageId is null && Is(name, "message-id"u8):
                        messageId = FieldAt(start, position);
                        break;
                    case 7 when subject is null && Is(name, "subject"u8):
                        subject = FieldAt(start, position);
                        break;
                    case 4:
                        hasFrom |= Is(name, "from"u8);
                        hasDate |= Is(name, "date"u8);
                        break;
                }
            }
            position += line.Length;
        }
        return new HeaderScan(
            received,
            messageId is { } id && Value(start[id]).Trim('<', '>', ' ', '\t') is { Length: > 0 } idText ? idText : null,
            subject is { } text ? EncodedWord.Decode(Value(start[text])) : null,
            hasFrom, hasDate, position, kind is HeaderLine.Blank or HeaderLine.Other);
    }

    private static bool Is(ReadOnlySpan<byte> name, ReadOnlySpan<byte> other) => Ascii.EqualsIgnoreCase(name, other);

    /// <summary>The field that starts at <paramref name="position"/>, its continuations included.</summary>
    private static Range FieldAt(ReadOnlySpan<byte> start, int position)
    {
        var end = position;
        do
        {
            var length = start[end..].IndexOf((byte)'\n') + 1;
            end = length == 0 ? start.Length : end + length;
        }
        while (end < start.Length && start[end] is (byte)' ' or (byte)'\t');
        return position..end;
    }

    private static string Value(ReadOnlySpan<byte> field) => HeaderField.Decode(HeaderField.Unfold(field[(field.IndexOf((byte)':') + 1)..]));
}

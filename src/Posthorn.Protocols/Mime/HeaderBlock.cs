namespace Posthorn.Protocols.Mime;

/// <summary>The header of a mail or of one of its parts. Tolerant: whatever the bytes are, it holds the fields that can be told and where the body begins.</summary>
public sealed class HeaderBlock
{
    private const int FirstReadBytes = 4 * 1024;

    private HeaderBlock(ReadOnlyMemory<byte> bytes, int prologueLength, IReadOnlyList<HeaderField> fields, bool endsWithBlankLine) =>
        (Bytes, PrologueLength, Fields, EndsWithBlankLine) = (bytes, prologueLength, fields, endsWithBlankLine);

    /// <summary>No fields.</summary>
    public static HeaderBlock Empty { get; } = new(default, 0, [], endsWithBlankLine: false);

    /// <summary>The fields in the order they stand.</summary>
    public IReadOnlyList<HeaderField> Fields { get; }

    /// <summary>The block as it stands, the blank line included.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>Bytes of the block including the blank line: the offset of the body.</summary>
    public int Length => Bytes.Length;

    /// <summary>Bytes before the first field that belong to none: a byte order mark, a mailbox file's <c>From </c> line. Nearly always 0.</summary>
    public int PrologueLength { get; }

    /// <summary>Whether the header went on beyond what was given or allowed; it then holds fields that were whole.</summary>
    public bool IsTruncated { get; private init; }

    /// <summary>Whether it ends as it should; false when the body, or nothing, follows the last field at once.</summary>
    public bool EndsWithBlankLine { get; }

    /// <summary>The first field of a name, compared without case; null when there is none.</summary>
    public HeaderField? this[string name]
    {
        get
        {
            foreach (var field in Fields)
                if (field.Is(name))
                    return field;
            return null;
        }
    }

    /// <summary>The header at the start of <paramref name="bytes"/>: up to the blank line, or to the first line that is no header's. Never throws on content; keeps hold of the bytes.</summary>
    public static HeaderBlock Parse(ReadOnlyMemory<byte> bytes) => Parse(bytes, isWhole: true, out _);

    /// <summary>Reads the header at the start of a mail, not much more than the header (twice its length, 4 KiB at least).</summary>
    /// <param name="content">The mail, standing at its start.</param>
    /// <param name="bytesMax">Most bytes kept in memory, 1 or more; a longer header is cut after its last whole field (<see cref="IsTruncated"/>).</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public static async ValueTask<HeaderBlock> ReadAsync(Stream content, int bytesMax, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bytesMax, 1);
        var buffer = new byte[Math.Min(FirstReadBytes, bytesMax)];
        for (var filled = 0; ;)
        {
            var wanted = buffer.Length - filled;
            var read = await content.ReadAtLeastAsync(buffer.AsMemory(filled), wanted, throwOnEndOfStream: false, cancellationToken);
            filled += read;
            var isWhole = read < wanted;
            var header = Parse(buffer.AsMemory(0, filled), isWhole, out var isComplete);
            if (isComplete || filled == bytesMax)
                return header;
            Array.Resize(ref buffer, (int)Math.Min(buffer.Length * 2L, bytesMax));
        }
    }

    /// <summary>All fields of a name, compared without case, in the order they stand.</summary>
    public IEnumerable<HeaderField> All(string name) => Fields.Where(field => field.Is(name));

    /// <summary>Whether there is a field of this name.</summary>
    public bool Has(string name) => this[name] is not null;

    /// <summary>The decoded text of the first field of a name; null when there is none.</summary>
    public string? Text(string name) => this[name]?.Text;

    /// <summary>Parses what may be the start of a header only; <paramref name="isComplete"/> tells whether its end was seen. <paramref name="isCut"/>: fields were left out of it.</summary>
    internal static HeaderBlock Parse(ReadOnlyMemory<byte> bytes, bool isWhole, out bool isComplete, bool isCut = false)
    {
        var span = bytes.Span;
        var fields = new List<HeaderField>();
        var prologue = HeaderSyntax.PrologueLength(span);
        int position = prologue, fieldStart = -1, nameLength = 0;
        while (position < span.Length)
        {
            var rest = span[position..];
            var lineEnd = rest.IndexOf((byte)'\n') + 1;
            if (lineEnd == 0 && !isWhole)
            {
                // A line that is cut off could still be anything, but unless it is a continuation the field before it is whole.
                if (rest[0] is not ((byte)' ' or (byte)'\t'))
                    EndField(position);
                break;
            }
            var line = lineEnd == 0 ? rest : rest[..lineEnd];
            var kind = HeaderSyntax.Classify(line);
            if (kind == HeaderLine.Blank)
            {
                EndField(position);
                isComplete = true;
                return new HeaderBlock(bytes[..(position + line.Length)], prologue, fields, endsWithBlankLine: true) { IsTruncated = isCut };
            }
            if (kind == HeaderLine.Other || (kind == HeaderLine.Continuation && fieldStart < 0))
            {
                EndField(position);
                isComplete = true;
                return new HeaderBlock(bytes[..position], prologue, fields, endsWithBlankLine: false) { IsTruncated = isCut };
            }
            if (kind == HeaderLine.Field)
            {
                EndField(position);
                fieldStart = position;
                nameLength = HeaderSyntax.NameLength(line);
            }
            position += line.Length;
        }
        isComplete = isWhole;
        if (isWhole)
            EndField(position);
        else
            position = fieldStart < 0 ? position : fieldStart; // the last field may go on
        return new HeaderBlock(bytes[..position], prologue, fields, endsWithBlankLine: false) { IsTruncated = isCut || !isWhole };

        void EndField(int end)
        {
            if (fieldStart >= 0)
                fields.Add(new HeaderField(bytes[fieldStart..end], nameLength));
            fieldStart = -1;
        }
    }
}

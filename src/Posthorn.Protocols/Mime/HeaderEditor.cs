using System.Buffers;

namespace Posthorn.Protocols.Mime;

/// <summary>Changes a header field by field; what it does not touch stays byte for byte, so a signature over other fields stays valid.</summary>
/// <remarks>
/// The result replaces exactly <see cref="HeaderBlock.Length"/> bytes at the mail's start. New fields end their lines as the header does (CRLF
/// unless its first line ends in a bare LF). Names are 1 to 77 printable ASCII characters; texts with a line end or NUL are refused with
/// <see cref="ArgumentException"/>, because they would make another field.
/// </remarks>
public sealed class HeaderEditor
{
    private readonly HeaderBlock _original;
    private readonly List<HeaderField> _fields;
    private readonly string _lineEnd;

    /// <summary>Starts from a header.</summary>
    public HeaderEditor(HeaderBlock original)
    {
        _original = original;
        _fields = [.. original.Fields];
        var bytes = original.Bytes.Span;
        var end = bytes.IndexOf((byte)'\n');
        _lineEnd = end < 0 || (end > 0 && bytes[end - 1] == '\r') ? "\r\n" : "\n";
    }

    /// <summary>The fields as they stand now.</summary>
    public IReadOnlyList<HeaderField> Fields => _fields;

    /// <summary>Whether anything was changed.</summary>
    public bool IsChanged { get; private set; }

    /// <summary>Gives a field this text: the first of its name is replaced where it stands, others of the name go; without any it is added at the end.</summary>
    /// <exception cref="ArgumentException">A bad name, or a line end or NUL in the text.</exception>
    public HeaderEditor Set(string name, string text)
    {
        var field = HeaderFolding.Encode(name, text, _lineEnd);
        var first = _fields.FindIndex(f => f.Is(name));
        if (first < 0)
            return Add(field, inFront: false);
        _fields[first] = field;
        for (var i = _fields.Count - 1; i > first; i--)
            if (_fields[i].Is(name))
                _fields.RemoveAt(i);
        IsChanged = true;
        return this;
    }

    /// <summary>Adds a field with this text, in front of all others or after them.</summary>
    /// <exception cref="ArgumentException">A bad name, or a line end or NUL in the text.</exception>
    public HeaderEditor Add(string name, string text, bool inFront) => Add(HeaderFolding.Encode(name, text, _lineEnd), inFront);

    /// <summary>Adds a field as it is, in front of all others or after them.</summary>
    public HeaderEditor Add(HeaderField field, bool inFront)
    {
        _fields.Insert(inFront ? 0 : _fields.Count, field);
        IsChanged = true;
        return this;
    }

    /// <summary>Removes every field of a name, compared without case; returns how many there were.</summary>
    public int Remove(string name) => Remove(field => field.Is(name));

    /// <summary>Removes every field that <paramref name="selects"/>; returns how many there were.</summary>
    public int Remove(Predicate<HeaderField> selects)
    {
        var removed = _fields.RemoveAll(selects);
        IsChanged |= removed > 0;
        return removed;
    }

    /// <summary>The header as it stands now, its blank line included.</summary>
    public ReadOnlyMemory<byte> ToBytes()
    {
        if (!IsChanged)
            return _original.Bytes;
        var bytes = new ArrayBufferWriter<byte>(_original.Length + 256);
        bytes.Write(_original.Bytes.Span[.._original.PrologueLength]);
        foreach (var field in _fields)
        {
            bytes.Write(field.Raw.Span);
            if (!field.Raw.Span.EndsWith((byte)'\n'))
                WriteLineEnd();
        }
        if (_original.EndsWithBlankLine)
            bytes.Write(BlankLine(_original.Bytes.Span));
        else if (!_original.IsTruncated)
            WriteLineEnd(); // the body began without a blank line; behind new fields it needs one
        return bytes.WrittenMemory;

        void WriteLineEnd() => bytes.Write(_lineEnd == "\n" ? "\n"u8 : "\r\n"u8);
    }

    private static ReadOnlySpan<byte> BlankLine(ReadOnlySpan<byte> header) =>
        header[(header.EndsWith("\r\n"u8) ? header.Length - 2 : header.Length - 1)..];
}

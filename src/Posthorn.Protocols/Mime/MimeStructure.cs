using System.Text;

namespace Posthorn.Protocols.Mime;

/// <summary>
/// The reader's core: takes the mail's bytes in pieces and keeps a stack of the parts that are open. Every line is looked at where it begins,
/// in a header to tell its fields, in a body only when it begins with two hyphens; the rest of a line is skipped, however long.
/// </summary>
internal sealed class MimeStructure
{
    /// <summary>Longest boundary taken; RFC 2046 5.1.1 allows 70. With hyphens and line end it fits into what is looked at of a line.</summary>
    private const int BoundaryBytesMax = 900;

    private const int NeedMore = -1;

    private readonly MimeLimits _limits;
    private readonly List<OpenPart> _open = [];
    private readonly List<byte> _header = new(2048); // what is kept of the header being read
    private MimePart? _root;
    private readonly bool _countsLines;
    private long _offset; // of the first byte not consumed
    private long _lines; // line ends before _offset, when they are counted
    private int _parts;
    private int _headerBytesLeft;
    private int _delimiters; // open multiparts that wait for a boundary
    private bool _isAtLineStart = true;
    private bool _isInHeader;
    private bool _isFirstLine; // of the header
    private int _fieldStart; // where the last field begins in _header; negative when there is none yet
    private bool _isFieldSkipped; // it was too long
    private byte _last, _secondLast; // the bytes before _offset

    public MimeStructure(MimeLimits limits, bool countsLines = false)
    {
        _limits = limits;
        _countsLines = countsLines;
        _headerBytesLeft = limits.HeadersBytesMax;
        Open(0, ContentType.Default);
    }

    /// <summary>Whether nothing that follows can change the structure: no boundary is waited for.</summary>
    public bool RestIsBody => !_isInHeader && _delimiters == 0;

    /// <summary>Takes the next bytes; returns how many are done with. The rest, less than a line's head, must be given again with more behind it.</summary>
    public int Consume(ReadOnlySpan<byte> data, bool isLast)
    {
        var position = 0;
        while (position < data.Length)
        {
            var rest = data[position..];
            var taken = RestIsBody ? rest.Length
                : !_isAtLineStart ? TakeRestOfLine(rest)
                : _isInHeader ? TakeHeaderLine(rest, isLast)
                : TakeBodyLines(rest, isLast);
            if (taken == NeedMore)
                break;
            _secondLast = taken > 1 ? rest[taken - 2] : taken == 1 ? _last : _secondLast;
            _last = taken > 0 ? rest[taken - 1] : _last;
            if (_countsLines)
                _lines += rest[..taken].Count((byte)'\n');
            position += taken;
            _offset += taken;
        }
        return position;
    }

    /// <summary>Ends the mail after <paramref name="length"/> bytes; call once.</summary>
    public MimePart Complete(long length)
    {
        if (_isInHeader)
            EndHeader(length, _lines, isEntered: false);
        CloseDownTo(0, length, _lines);
        return _root!;
    }

    private int TakeRestOfLine(ReadOnlySpan<byte> rest)
    {
        var end = rest.IndexOf((byte)'\n') + 1;
        _isAtLineStart = end > 0;
        var taken = end > 0 ? end : rest.Length;
        if (_isInHeader)
            KeepHeader(rest[..taken]);
        return taken;
    }

    private int TakeHeaderLine(ReadOnlySpan<byte> rest, bool isLast)
    {
        if (!TryHead(rest, isLast, out var line))
            return NeedMore;
        if (FindDelimiter(line) is { } found)
            return TakeDelimiter(found, line);
        var prologue = _isFirstLine ? HeaderSyntax.PrologueLength(line) : 0;
        var isPrologue = prologue > 0 && prologue == line.Length;
        var kind = HeaderSyntax.Classify(line[prologue..]);
        if (!isPrologue && (kind == HeaderLine.Other || (kind == HeaderLine.Continuation && _fieldStart < 0)))
        {
            EndHeader(_offset, _lines, isEntered: true); // the same line again, as the body's first
            return 0;
        }
        _isFirstLine = false;
        if (kind == HeaderLine.Field)
            (_fieldStart, _isFieldSkipped) = (_header.Count, false);
        if (kind == HeaderLine.Blank)
            _header.AddRange(line);
        else
            KeepHeader(line);
        _isAtLineStart = line.EndsWith((byte)'\n');
        if (kind == HeaderLine.Blank)
            EndHeader(_offset + line.Length, _lines + 1, isEntered: true);
        return line.Length;
    }

    private int TakeBodyLines(ReadOnlySpan<byte> rest, bool isLast)
    {
        if (rest.StartsWith("--"u8))
        {
            if (!TryHead(rest, isLast, out var line))
                return NeedMore;
            if (FindDelimiter(line) is { } found)
                return TakeDelimiter(found, line);
            _isAtLineStart = line.EndsWith((byte)'\n');
            return line.Length;
        }
        if (rest.Length < 2 && rest[0] == '-' && !isLast)
            return NeedMore;
        // Only a line with two hyphens in front matters; the vectorised search skips whole encoded attachments.
        var next = rest.IndexOf("\n--"u8);
        if (next >= 0)
            return next + 1;
        var hasHyphen = rest.EndsWith("\n-"u8) && !isLast; // may become a delimiter: look again with the next bytes
        _isAtLineStart = hasHyphen || rest[^1] == '\n';
        return hasHyphen ? rest.Length - 1 : rest.Length;
    }

    /// <summary>The line at the start of <paramref name="rest"/>, or as much of it as is looked at; false when more bytes are needed for that.</summary>
    private static bool TryHead(ReadOnlySpan<byte> rest, bool isLast, out ReadOnlySpan<byte> line)
    {
        var head = rest[..Math.Min(rest.Length, HeaderSyntax.LineHeadBytes)];
        var end = head.IndexOf((byte)'\n') + 1;
        line = end > 0 ? head[..end] : head;
        return end > 0 || head.Length == HeaderSyntax.LineHeadBytes || isLast;
    }

    /// <summary>Which open multipart the line delimits, the innermost first: an outer boundary ends what is inside (RFC 2046 5.1.2).</summary>
    private Delimiter? FindDelimiter(ReadOnlySpan<byte> line)
    {
        if (_delimiters == 0 || !line.StartsWith("--"u8))
            return null;
        var text = line[2..].TrimEnd(" \t\r\n"u8);
        for (var i = _open.Count - 1; i >= 0; i--)
        {
            if (_open[i].Boundary is not { } boundary || !text.StartsWith(boundary))
                continue;
            // Exactly the boundary: another multipart's may begin with the same characters.
            if (text.Length == boundary.Length)
                return new Delimiter(i, IsEnd: false);
            if (text[boundary.Length..].SequenceEqual("--"u8))
                return new Delimiter(i, IsEnd: true);
        }
        return null;
    }

    private int TakeDelimiter(Delimiter delimiter, ReadOnlySpan<byte> line)
    {
        if (_isInHeader)
            EndHeader(_offset, _lines, isEntered: false);
        var lineEndLength = _last != '\n' ? 0 : _secondLast == '\r' ? 2 : 1;
        CloseDownTo(delimiter.Index + 1, _offset - lineEndLength, lineEndLength == 0 ? _lines : _lines - 1);
        _isAtLineStart = true; // a line with more than white space behind the boundary is none
        var multipart = _open[delimiter.Index];
        if (delimiter.IsEnd)
        {
            StopDelimiting(multipart);
        }
        else if (_parts < _limits.PartsMax && _headerBytesLeft > 0)
        {
            Open(_offset + line.Length, multipart.ContentType.Subtype == "digest" ? ContentType.DigestDefault : ContentType.Default);
        }
        else
        {
            multipart.IsCutShort = true;
            StopDelimiting(multipart);
        }
        return line.Length;
    }

    private void Open(long offset, ContentType defaultType)
    {
        _open.Add(new OpenPart(offset, defaultType));
        _parts++;
        _isInHeader = true;
        _isFirstLine = true;
        _isFieldSkipped = false;
        _fieldStart = -1;
        _header.Clear();
    }

    /// <summary>Keeps the next bytes of a field, or forgets the whole field when it is too long: those behind it still count.</summary>
    private void KeepHeader(ReadOnlySpan<byte> bytes)
    {
        if (_isFieldSkipped)
            return;
        var fieldStart = Math.Max(0, _fieldStart);
        var field = _header.Count - fieldStart;
        if (bytes.Length > Math.Min(_limits.FieldBytesMax - field, _headerBytesLeft))
        {
            _header.RemoveRange(fieldStart, field);
            _headerBytesLeft = bytes.Length > _headerBytesLeft ? 0 : _headerBytesLeft + field;
            _isFieldSkipped = _open[^1].IsHeaderCut = true;
            return;
        }
        _header.AddRange(bytes);
        _headerBytesLeft -= bytes.Length;
    }

    /// <param name="bodyOffset">Where the body begins.</param>
    /// <param name="lines">Line ends before that, when they are counted.</param>
    /// <param name="isEntered">Whether there is a body that a mail inside can be.</param>
    private void EndHeader(long bodyOffset, long lines, bool isEntered)
    {
        _isInHeader = false;
        var part = _open[^1];
        var header = HeaderBlock.Parse(_header.ToArray(), isWhole: true, out _, part.IsHeaderCut);
        part.EndHeader(header, bodyOffset, lines);
        var isDeepest = _open.Count >= _limits.NestingMax;
        if (part.ContentType.IsMultipart && part.ContentType.Boundary is { Length: > 0 } boundary)
        {
            // What isn't encoded as ASCII or UTF-8 can't be found again; such a boundary delimits nothing.
            var bytes = Encoding.UTF8.GetBytes(boundary.TrimEnd());
            if (isDeepest)
                part.IsCutShort = true;
            else if (bytes.Length is > 0 and <= BoundaryBytesMax)
                StartDelimiting(part, bytes);
        }
        else if (isEntered && part.ContentType.IsMessage && part.IsPlain)
        {
            if (isDeepest || _parts >= _limits.PartsMax || _headerBytesLeft <= 0)
                part.IsCutShort = true;
            else
                Open(bodyOffset, ContentType.Default);
        }
    }

    private void StartDelimiting(OpenPart part, byte[] boundary)
    {
        part.Boundary = boundary;
        _delimiters++;
    }

    private void StopDelimiting(OpenPart part)
    {
        part.Boundary = null;
        _delimiters--;
    }

    /// <summary>Closes the parts from the innermost down to the one at <paramref name="index"/>; their bodies end at <paramref name="end"/>, with so many line ends before it.</summary>
    private void CloseDownTo(int index, long end, long lines)
    {
        for (var i = _open.Count - 1; i >= index; i--)
        {
            var part = _open[i];
            _open.RemoveAt(i);
            if (part.Boundary is not null)
                StopDelimiting(part);
            // The line end before a boundary may be the blank line that ended a header: the part then ends where that does, and so do those around it.
            if (part.EndMin > end)
                (end, lines) = (part.EndMin, part.LinesMin);
            var closed = part.Close(end, _countsLines ? lines : null);
            if (i == 0)
            {
                _root = closed;
                return;
            }
            _open[i - 1].Add(closed, lines);
        }
    }

    private readonly record struct Delimiter(int Index, bool IsEnd);
}

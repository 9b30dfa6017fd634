using System.Buffers;
using Posthorn.Protocols.Imap.Responses;

namespace Posthorn.Protocols.Imap.Reading;

/// <content>Lines, what is kept of a command, and how a refused one is thrown away.</content>
public sealed partial class ImapReader
{
    private const int KeptBytesMin = 512;

    private readonly byte[] _tail = new byte[LiteralMark.BytesMax + 2]; // of the line being thrown away, or of one that is looked at
    private int _tailLength;
    private ImapReply? _refusal;
    private string? _refusedTag;
    private bool _isRefusedAtOnce;
    private bool _isLineTooLong; // of ReadLine

    private void Refuse(string? tag, ImapReply reply)
    {
        (_refusedTag, _refusal, _tailLength) = (tag, reply, 0);
        _mode = Mode.SkippedLine;
        (_kept, _keptLength, _literalBytes) = ([], 0, 0);
    }

    private ImapInput TakeRefusal()
    {
        var refused = new ImapInput.Refused(_refusedTag, _refusal!);
        (_refusal, _refusedTag, _isRefusedAtOnce) = (null, null, false);
        return Forget(refused);
    }

    private Step SkipLine(ref ReadOnlySequence<byte> buffer)
    {
        if (_isRefusedAtOnce)
            return Step.Of(TakeRefusal());
        var hasEnd = TryLine(buffer, out var length);
        AddToTail(buffer.Slice(0, hasEnd ? length : buffer.Length));
        Consume(ref buffer, hasEnd ? length : buffer.Length);
        if (!hasEnd)
            return Step.More;
        var isLiteral = LiteralMark.TryFind(_tail.AsSpan(0, _tailLength), out var mark);
        _tailLength = 0;
        if (!isLiteral || mark.IsSynchronizing)
            return Step.Of(TakeRefusal());
        if (mark.Size < 0)
        {
            _refusal = ImapReplies.LostFraming;
            return Step.Of(TakeRefusal());
        }
        (_mode, _left) = (Mode.SkippedLiteral, mark.Size);
        return Step.Again;
    }

    private Step SkipLiteral(ref ReadOnlySequence<byte> buffer)
    {
        var taken = Math.Min(_left, buffer.Length);
        Consume(ref buffer, taken);
        _left -= taken;
        if (_left > 0)
            return Step.More;
        _mode = Mode.SkippedLine;
        return Step.Again;
    }

    /// <summary>Length of the line at the start, its end included. A LF alone ends one too: people type commands, and nothing is relayed that could be read otherwise.</summary>
    private bool TryLine(ReadOnlySequence<byte> buffer, out long length)
    {
        length = 0;
        var scanned = Math.Min(_scanned, buffer.Length);
        var reader = new SequenceReader<byte>(buffer.Slice(scanned));
        if (!reader.TryAdvanceTo((byte)'\n'))
        {
            _scanned = buffer.Length;
            return false;
        }
        length = scanned + reader.Consumed;
        return true;
    }

    private void Consume(ref ReadOnlySequence<byte> buffer, long length)
    {
        buffer = buffer.Slice(length);
        _scanned = 0;
    }

    private void Keep(ReadOnlySequence<byte> bytes)
    {
        var length = (int)bytes.Length;
        if (_keptLength + length > _kept.Length)
            Array.Resize(ref _kept, Math.Max(KeptBytesMin, Math.Max(_keptLength + length, _kept.Length * 2)));
        bytes.CopyTo(_kept.AsSpan(_keptLength));
        _keptLength += length;
    }

    private void AddToTail(ReadOnlySequence<byte> bytes)
    {
        foreach (var segment in bytes)
        {
            var span = segment.Span;
            if (span.Length >= _tail.Length)
            {
                span[^_tail.Length..].CopyTo(_tail);
                _tailLength = _tail.Length;
                continue;
            }
            var kept = Math.Min(_tailLength, _tail.Length - span.Length);
            _tail.AsSpan(_tailLength - kept, kept).CopyTo(_tail);
            span.CopyTo(_tail.AsSpan(kept));
            _tailLength = kept + span.Length;
        }
    }

    private ReadOnlySpan<byte> TailOf(ReadOnlySequence<byte> line)
    {
        var tail = line.Length > _tail.Length ? line.Slice(line.Length - _tail.Length) : line;
        if (tail.IsSingleSegment)
            return tail.FirstSpan;
        tail.CopyTo(_tail);
        return _tail.AsSpan(0, (int)tail.Length);
    }

    private string? TagOf(ReadOnlySequence<byte> line)
    {
        if (_append is { } append)
            return append.Tag;
        if (_keptLength > 0)
            return CommandParser.TagOf(_kept.AsSpan(0, _keptLength));
        var start = line.Slice(0, Math.Min(line.Length, CommandParser.TagBytesMax + 1));
        return CommandParser.TagOf(Contiguous(start));
    }

    private static ReadOnlySpan<byte> Contiguous(ReadOnlySequence<byte> bytes) => bytes.IsSingleSegment ? bytes.FirstSpan : bytes.ToArray();

    private static int LineEndLength(ReadOnlySpan<byte> line) => line is [.., (byte)'\r', (byte)'\n'] ? 2 : 1;

    private static ReadOnlySequence<byte> WithoutEnd(ReadOnlySequence<byte> line)
    {
        var text = line.Slice(0, line.Length - 1);
        return !text.IsEmpty && text.Slice(text.Length - 1).FirstSpan[0] == '\r' ? text.Slice(0, text.Length - 1) : text;
    }

    /// <summary>What a step led to: an input, the need for more bytes, or another step.</summary>
    private readonly record struct Step(ImapInput? Input, bool NeedsMore)
    {
        public static Step More => new(null, NeedsMore: true);

        public static Step Again => default;

        public static Step Of(ImapInput input) => new(input, NeedsMore: false);
    }
}

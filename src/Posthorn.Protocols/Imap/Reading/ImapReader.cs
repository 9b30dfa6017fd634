using System.Buffers;
using Posthorn.Protocols.Imap.Commands;
using Posthorn.Protocols.Imap.Responses;

namespace Posthorn.Protocols.Imap.Reading;

/// <summary>
/// Takes commands from what a client sends, however it is cut: a line, and the literals that stand in it. It asks for literals when the client waits for
/// that (RFC 9051 4.3), takes those that do not wait (LITERAL+, RFC 7888), and hands the messages of APPEND over to the session instead of gathering them.
/// </summary>
/// <remarks>
/// <para>Limits: of a command no more than <see cref="ImapLimits"/> allows is ever in memory, and nothing between two commands. It does not know the
/// session's state: which command may stand when is <see cref="ImapVerbs.StatesOf"/>'s.</para>
/// <para>Diagnostics: what is wrong is a <see cref="ImapInput.Refused"/>, after the whole command was taken or thrown away, so that nothing of it, a
/// literal least of all, is taken for the next one.</para>
/// </remarks>
public sealed partial class ImapReader
{
    private ImapLimits _limits;
    private Mode _mode;
    private long _scanned; // bytes at the buffer's start that hold no line end
    private byte[] _kept = []; // lines and literals of the command so far; empty between commands
    private int _keptLength;
    private long _literalBytes; // of _kept
    private long _left; // of the literal
    private AppendProgress? _append;

    /// <summary>Reads with these limits.</summary>
    public ImapReader(ImapLimits limits) => _limits = limits;

    private enum Mode
    {
        /// <summary>A line is read, the first of a command or one behind a literal.</summary>
        Line,
        /// <summary>A literal is gathered.</summary>
        Literal,
        /// <summary>The command is refused: the rest of a line is thrown away.</summary>
        SkippedLine,
        /// <summary>The command is refused: a literal is thrown away.</summary>
        SkippedLiteral,
    }

    /// <summary>Whether the client enabled UTF8=ACCEPT or IMAP4rev2: names of mailboxes then are UTF-8, not modified UTF-7. May change between commands.</summary>
    public bool IsUtf8 { get; set; }

    /// <summary>The limits; may change between commands: less before a login.</summary>
    public ImapLimits Limits
    {
        get => _limits;
        set => _limits = value;
    }

    /// <summary>Whether a part of a command has been taken and its end has not. (A line that has begun stays in the buffer until it is whole.)</summary>
    public bool IsInCommand => _mode != Mode.Line || _keptLength > 0 || _append is not null;

    /// <summary>Takes the next thing from the start of <paramref name="buffer"/>, which is moved behind what was consumed.</summary>
    /// <param name="buffer">What has come and is not consumed.</param>
    /// <returns>Null when more bytes are needed.</returns>
    public ImapInput? Read(ref ReadOnlySequence<byte> buffer)
    {
        while (true)
        {
            var found = _mode switch
            {
                Mode.Line => TakeLine(ref buffer),
                Mode.Literal => TakeLiteral(ref buffer),
                Mode.SkippedLiteral => SkipLiteral(ref buffer),
                _ => SkipLine(ref buffer),
            };
            if (found.Input is not null || found.NeedsMore)
                return found.Input;
        }
    }

    /// <summary>
    /// Refuses a message that was just announced, and with it the whole APPEND; nothing of it was taken and no <c>+</c> was sent. The refusal comes from
    /// <see cref="Read"/> when the command has ended: at once when the client waits, else behind what it sends anyway.
    /// </summary>
    /// <exception cref="InvalidOperationException">No message was announced.</exception>
    public void RefuseAppend(ImapReply reply)
    {
        var message = RefuseAnnounced(reply);
        if (message.IsSynchronizing)
            _isRefusedAtOnce = true;
        else
            (_mode, _left) = (Mode.SkippedLiteral, message.Size);
    }

    /// <summary>Gives an APPEND up whose message is under way: what is left of the message, and all that follows, is thrown away, then <see cref="Read"/> gives the refusal.</summary>
    /// <param name="reply">NO or BAD.</param>
    /// <param name="left">Bytes of the message not taken from the buffer, 0 or more.</param>
    /// <exception cref="InvalidOperationException">No message was announced.</exception>
    public void AbandonAppend(ImapReply reply, long left)
    {
        RefuseAnnounced(reply);
        (_mode, _left) = (Mode.SkippedLiteral, left);
    }

    /// <summary>Takes a line that is no command: DONE, or an answer to a SASL challenge. Only between commands.</summary>
    /// <param name="buffer">What has come and is not consumed; moved behind what was consumed.</param>
    /// <param name="lineBytesMax">Longest line, in bytes with its end; of a longer one nothing is kept.</param>
    /// <param name="line">The line without its end.</param>
    public ImapLine ReadLine(ref ReadOnlySequence<byte> buffer, int lineBytesMax, out ReadOnlySequence<byte> line)
    {
        line = default;
        if (!TryLine(buffer, out var length))
        {
            if (buffer.Length >= lineBytesMax || _isLineTooLong)
            {
                _isLineTooLong = true;
                Consume(ref buffer, buffer.Length);
            }
            return ImapLine.Incomplete;
        }
        var isTooLong = _isLineTooLong || length > lineBytesMax;
        _isLineTooLong = false;
        line = WithoutEnd(buffer.Slice(0, length));
        Consume(ref buffer, length);
        return isTooLong ? ImapLine.TooLong : ImapLine.Complete;
    }

    private AppendHeader RefuseAnnounced(ImapReply reply)
    {
        if (_append is not { Message: { } message } append)
            throw new InvalidOperationException("No message of an APPEND was announced.");
        Refuse(append.Tag, reply);
        _append = null;
        return message;
    }

    private Step TakeLine(ref ReadOnlySequence<byte> buffer)
    {
        if (!TryLine(buffer, out var length))
        {
            if (buffer.Length < _limits.LineBytesMax)
                return Step.More;
            Refuse(TagOf(buffer), ImapReplies.LineTooLong);
            return SkipLine(ref buffer);
        }
        var line = buffer.Slice(0, length);
        if (length > _limits.LineBytesMax || _keptLength + length > _limits.LineBytesMax + (long)_limits.LiteralBytesMax)
        {
            Refuse(TagOf(buffer), ImapReplies.LineTooLong);
            return SkipLine(ref buffer);
        }
        if (!LiteralMark.TryFind(TailOf(line), out var mark))
        {
            var input = EndCommand(line);
            Consume(ref buffer, length);
            return Step.Of(input);
        }
        if (mark.Size < 0)
        {
            Consume(ref buffer, length);
            return Step.Of(Forget(new ImapInput.Refused(TagOf(line), mark.IsSynchronizing ? ImapReplies.BadLiteral : ImapReplies.LostFraming)));
        }
        return BeginLiteral(ref buffer, line, mark);
    }

    private Step BeginLiteral(ref ReadOnlySequence<byte> buffer, ReadOnlySequence<byte> line, LiteralMark mark)
    {
        Keep(line);
        Consume(ref buffer, line.Length);
        var text = _kept.AsSpan(0, _keptLength - mark.Length - LineEndLength(_kept.AsSpan(0, _keptLength)));
        var reply = _append is { } append
            ? AppendParser.Next(text, append, mark, _limits, out var message)
            : AppendParser.First(text, mark, _limits, IsUtf8, out message, out _append);
        if (message is not null)
        {
            _keptLength = 0;
            _append!.Message = message;
            return Step.Of(new ImapInput.AppendMessage(_append.Tag, _append.Mailbox, _append.Count++, message));
        }
        reply ??= mark.IsBinary ? ImapReplies.BinaryOnlyForMessages
            : _literalBytes + mark.Size > _limits.LiteralBytesMax ? ImapReplies.LiteralTooBig
            : null;
        if (reply is null)
        {
            _mode = Mode.Literal;
            _left = mark.Size;
            _literalBytes += mark.Size;
            return mark.IsSynchronizing ? Step.Of(ImapInput.ContinuationWanted.Instance) : Step.Again;
        }
        Refuse(_append?.Tag ?? CommandParser.TagOf(text), reply);
        if (mark.IsSynchronizing)
            return Step.Of(TakeRefusal()); // the client sends nothing more of it
        (_mode, _left) = (Mode.SkippedLiteral, mark.Size);
        return Step.Again;
    }

    private Step TakeLiteral(ref ReadOnlySequence<byte> buffer)
    {
        var taken = Math.Min(_left, buffer.Length);
        Keep(buffer.Slice(0, taken));
        Consume(ref buffer, taken);
        _left -= taken;
        if (_left > 0)
            return Step.More;
        _mode = Mode.Line;
        return Step.Again;
    }

    /// <summary>The command's last line is here.</summary>
    private ImapInput EndCommand(ReadOnlySequence<byte> line)
    {
        if (_append is { } append)
        {
            var isRight = AppendParser.IsEnd(Contiguous(WithoutEnd(line)), append);
            return Forget(isRight ? new ImapInput.AppendEnd(append.Tag, append.Count) : new ImapInput.Refused(append.Tag, ImapReplies.BadAppend));
        }
        if (_keptLength > 0)
        {
            Keep(line);
            var text = _kept.AsSpan(0, _keptLength);
            return Forget(CommandParser.Parse(text[..^LineEndLength(text)], _limits, IsUtf8));
        }
        return CommandParser.Parse(Contiguous(WithoutEnd(line)), _limits, IsUtf8);
    }

    private ImapInput Forget(ImapInput input)
    {
        (_mode, _append, _kept, _keptLength, _literalBytes) = (Mode.Line, null, [], 0, 0);
        return input;
    }
}

using Posthorn.Protocols.Imap.Responses;

namespace Posthorn.Protocols.Imap.Reading;

/// <summary>What stands in APPEND around its messages (RFC 9051 6.3.12, RFC 3502, RFC 6855 4).</summary>
internal static class AppendParser
{
    /// <summary>Looks at a command up to a literal's mark: is it an APPEND whose first message this literal is?</summary>
    /// <param name="text">The command so far, without the mark.</param>
    /// <param name="mark">The mark.</param>
    /// <param name="limits">The limits.</param>
    /// <param name="isUtf8">How names are encoded.</param>
    /// <param name="message">What stands in front of the message; null when the literal is none.</param>
    /// <param name="append">The APPEND that has begun with it.</param>
    /// <returns>Why the command is refused; null when it is not, or when it is no APPEND or its mailbox is the literal.</returns>
    public static ImapReply? First(
        ReadOnlySpan<byte> text, LiteralMark mark, ImapLimits limits, bool isUtf8, out AppendHeader? message, out AppendProgress? append)
    {
        message = null;
        append = null;
        var scanner = new ArgumentScanner(text, limits, isUtf8);
        if (!scanner.Tag(out var tag))
            return ImapReplies.NoTag;
        if (!scanner.Space() || !scanner.WordIf("APPEND"u8))
            return CommandParser.IsKnown(text) ? null : ImapReplies.UnknownCommand;
        if (!scanner.Space() || scanner.IsAtEnd)
            return null;
        if (!scanner.Mailbox(out var mailbox))
            return scanner.Error;
        if (mailbox.Length == 0)
            return ImapReplies.BadMailboxName;
        var started = new AppendProgress(System.Text.Encoding.ASCII.GetString(tag), mailbox);
        if (!Header(ref scanner, mark, isNext: false, out message))
            return scanner.Error ?? ImapReplies.BadAppend;
        append = started;
        return null;
    }

    /// <summary>Looks at what stands between two messages.</summary>
    /// <param name="text">It, without the mark.</param>
    /// <param name="append">The APPEND.</param>
    /// <param name="mark">The mark.</param>
    /// <param name="limits">The limits.</param>
    /// <param name="message">What stands in front of the next message; null when it is refused.</param>
    public static ImapReply? Next(ReadOnlySpan<byte> text, AppendProgress append, LiteralMark mark, ImapLimits limits, out AppendHeader? message)
    {
        message = null;
        if (append.Count >= limits.AppendMessagesMax)
            return ImapReplies.TooManyMessages;
        var scanner = new ArgumentScanner(text, limits, isUtf8: false);
        if (append.Message!.IsUtf8 && !scanner.Take((byte)')'))
            return ImapReplies.BadAppend;
        return Header(ref scanner, mark, isNext: true, out message) ? null : scanner.Error ?? ImapReplies.BadAppend;
    }

    /// <summary>Whether the line behind a message ends the APPEND.</summary>
    public static bool IsEnd(ReadOnlySpan<byte> text, AppendProgress append)
    {
        text = text.TrimEnd((byte)' ');
        return append.Message!.IsUtf8 ? text.SequenceEqual(")"u8) : text.IsEmpty;
    }

    private static bool Header(ref ArgumentScanner scanner, LiteralMark mark, bool isNext, out AppendHeader? message)
    {
        message = null;
        // Two messages may stand without a space between them: some clients forget it, and nothing else can follow a literal.
        if (!isNext || scanner.Next == ' ')
            if (!scanner.Space())
                return false;
        IReadOnlyList<string> flags = [];
        if (scanner.Next == '(' && !(FlagParser.List(ref scanner, out flags) && scanner.Space()))
            return false;
        DateTimeOffset? date = null;
        if (scanner.Next == '"')
        {
            if (!DateParser.DateTime(ref scanner, out var time) || !scanner.Space())
                return false;
            date = time;
        }
        var isUtf8 = scanner.WordIf("UTF8"u8);
        if (isUtf8 && !(scanner.Space() && scanner.Take((byte)'(')))
            return false;
        if (!scanner.IsAtEnd || (isUtf8 && !mark.IsBinary))
            return scanner.Fail(ImapReplies.BadAppend);
        message = new AppendHeader(flags, date, mark.Size, mark.IsSynchronizing, mark.IsBinary, isUtf8);
        return true;
    }
}

namespace Posthorn.Protocols.Imap.Responses;

/// <summary>
/// Replies that do not depend on what a session does, in one place. Texts repeat nothing that the client sent and tell nothing about accounts or the machine.
/// </summary>
public static class ImapReplies
{
    // What the reader refuses.

    /// <summary>A line, or a command with its literals, longer than allowed.</summary>
    public static ImapReply LineTooLong { get; } = ImapReply.Bad("command line too long", ResponseCodes.Limit);

    /// <summary>Literals larger than allowed.</summary>
    public static ImapReply LiteralTooBig { get; } = ImapReply.Bad("literal too big", ResponseCodes.TooBig);

    /// <summary>A literal's size that is no number of 63 bits.</summary>
    public static ImapReply BadLiteral { get; } = ImapReply.Bad("literal size is no number");

    /// <summary>The same where the client does not wait: what follows may be anything.</summary>
    public static ImapReply LostFraming { get; } = ImapReply.Bye("cannot tell literals from commands any more, closing");

    /// <summary>A literal with NUL allowed where it is not.</summary>
    public static ImapReply BinaryOnlyForMessages { get; } = ImapReply.Bad("a binary literal can only be a message");

    /// <summary>No tag.</summary>
    public static ImapReply NoTag { get; } = ImapReply.Bad("a command begins with a tag");

    /// <summary>A tag and nothing behind it.</summary>
    public static ImapReply NoCommand { get; } = ImapReply.Bad("no command behind the tag");

    /// <summary>A word that is no command.</summary>
    public static ImapReply UnknownCommand { get; } = ImapReply.Bad("unknown command");

    /// <summary>The first line of another protocol (HTTP, SMTP): a browser or a proxy was talked into speaking to us.</summary>
    public static ImapReply NotImap { get; } = ImapReply.Bye("this is an IMAP server, closing");

    /// <summary>Arguments that are wrong in a way not told more exactly.</summary>
    public static ImapReply BadArguments { get; } = ImapReply.Bad("arguments not understood");

    /// <summary>Arguments where none may be, or more than may be.</summary>
    public static ImapReply TooManyArguments { get; } = ImapReply.Bad("more arguments than the command takes");

    /// <summary>Fewer arguments than needed.</summary>
    public static ImapReply MissingArguments { get; } = ImapReply.Bad("fewer arguments than the command needs");

    /// <summary>Text that is not UTF-8.</summary>
    public static ImapReply NotUtf8 { get; } = ImapReply.Bad("text is not UTF-8");

    /// <summary>A name that cannot be a mailbox's: not modified UTF-7 or UTF-8, or with control characters.</summary>
    public static ImapReply BadMailboxName { get; } = ImapReply.No("no mailbox can have this name", ResponseCodes.Cannot);

    /// <summary>A set of messages that is none.</summary>
    public static ImapReply BadSequence { get; } = ImapReply.Bad("not a set of messages");

    /// <summary>More numbers and ranges than a set may have.</summary>
    public static ImapReply SequenceTooLong { get; } = ImapReply.Bad("too many members in the set", ResponseCodes.Limit);

    /// <summary>More items than a list may have.</summary>
    public static ImapReply ListTooLong { get; } = ImapReply.Bad("too many items in the list", ResponseCodes.Limit);

    /// <summary>A pattern of LIST that is longer than one may be.</summary>
    public static ImapReply PatternTooLong { get; } = ImapReply.Bad("the pattern is too long", ResponseCodes.Limit);

    /// <summary>A flag that cannot be stored.</summary>
    public static ImapReply BadFlag { get; } = ImapReply.Bad("not a flag that can be stored");

    /// <summary>A date that is none.</summary>
    public static ImapReply BadDate { get; } = ImapReply.Bad("not a date");

    /// <summary>A number that is none, or out of range.</summary>
    public static ImapReply BadNumber { get; } = ImapReply.Bad("not a number, or out of range");

    /// <summary>APPEND's arguments.</summary>
    public static ImapReply BadAppend { get; } = ImapReply.Bad("APPEND needs a mailbox and literals");

    /// <summary>More messages than one APPEND may have.</summary>
    public static ImapReply TooManyMessages { get; } = ImapReply.No("too many messages in one APPEND", ResponseCodes.Limit);

    /// <summary>A FETCH item that is none.</summary>
    public static ImapReply BadFetchItem { get; } = ImapReply.Bad("not something that can be fetched");

    /// <summary>A section that is none.</summary>
    public static ImapReply BadSection { get; } = ImapReply.Bad("not a section of a message");

    /// <summary>A search key that is none.</summary>
    public static ImapReply BadSearch { get; } = ImapReply.Bad("not something that can be searched for");

    /// <summary>Search keys nested too deep.</summary>
    public static ImapReply SearchTooDeep { get; } = ImapReply.Bad("search nested too deep", ResponseCodes.Limit);

    /// <summary>More search keys than allowed.</summary>
    public static ImapReply SearchTooLong { get; } = ImapReply.Bad("too many search keys", ResponseCodes.Limit);

    /// <summary>A charset nobody knows.</summary>
    public static ImapReply BadCharset { get; } = ImapReply.No("unknown charset", ResponseCodes.BadCharset);

    /// <summary>A sort key that is none.</summary>
    public static ImapReply BadSort { get; } = ImapReply.Bad("not something that can be sorted by");

    /// <summary>A threading algorithm that is none.</summary>
    public static ImapReply BadThread { get; } = ImapReply.Bad("unknown threading algorithm");

    /// <summary>An option or modifier that is none.</summary>
    public static ImapReply UnknownOption { get; } = ImapReply.Bad("unknown option");

    // What sessions say.

    /// <summary>A command in a state in which it may not stand.</summary>
    public static ImapReply WrongState { get; } = ImapReply.Bad("not allowed in this state");

    /// <summary>LOGOUT.</summary>
    public static ImapReply Bye { get; } = ImapReply.Bye("logging out");

    /// <summary>The server stops.</summary>
    public static ImapReply ShuttingDown { get; } = ImapReply.Bye("shutting down, try again later", ResponseCodes.Unavailable);

    /// <summary>The client was silent.</summary>
    public static ImapReply TimedOut { get; } = ImapReply.Bye("timed out, closing");

    /// <summary>Too many commands that were none.</summary>
    public static ImapReply TooManyErrors { get; } = ImapReply.Bye("too many errors, closing");

    /// <summary>As many sessions as allowed.</summary>
    public static ImapReply TooManyConnections { get; } = ImapReply.Bye("too many connections, try again later", ResponseCodes.Limit);

    /// <summary>Name or password is wrong.</summary>
    public static ImapReply AuthenticationFailed { get; } = ImapReply.No("authentication failed", ResponseCodes.AuthenticationFailed);

    /// <summary>A password over a connection that is not encrypted.</summary>
    public static ImapReply PrivacyRequired { get; } = ImapReply.No("TLS first", ResponseCodes.PrivacyRequired);

    /// <summary>No such mailbox.</summary>
    public static ImapReply NoSuchMailbox { get; } = ImapReply.No("no such mailbox", ResponseCodes.NonExistent);

    /// <summary>No such mailbox, for APPEND, COPY and MOVE, which could make one.</summary>
    public static ImapReply NoSuchMailboxYet { get; } = ImapReply.No("no such mailbox", ResponseCodes.TryCreate);

    /// <summary>There is one already.</summary>
    public static ImapReply MailboxExists { get; } = ImapReply.No("mailbox exists", ResponseCodes.AlreadyExists);

    /// <summary>The account may not.</summary>
    public static ImapReply NotPermitted { get; } = ImapReply.No("not permitted", ResponseCodes.NoPermission);

    /// <summary>The mailbox was only examined.</summary>
    public static ImapReply ReadOnlyMailbox { get; } = ImapReply.No("mailbox is read-only", ResponseCodes.NoPermission);

    /// <summary>A message larger than taken.</summary>
    public static ImapReply MessageTooBig { get; } = ImapReply.No("message too big", ResponseCodes.TooBig);

    /// <summary>No room left for the account.</summary>
    public static ImapReply OverQuota { get; } = ImapReply.No("over quota", ResponseCodes.OverQuota);

    /// <summary>A message number that is not there.</summary>
    public static ImapReply NoSuchMessage { get; } = ImapReply.Bad("no message with this number");

    /// <summary>Messages asked for were removed by another.</summary>
    public static ImapReply Expunged { get; } = ImapReply.No("some messages were removed", ResponseCodes.ExpungeIssued);

    /// <summary>A part whose transfer encoding is not known.</summary>
    public static ImapReply UnknownTransferEncoding { get; } = ImapReply.No("unknown transfer encoding", ResponseCodes.UnknownTransferEncoding);

    /// <summary>The engine does not serve.</summary>
    public static ImapReply Unavailable { get; } = ImapReply.No("out of service, try again later", ResponseCodes.Unavailable);
}

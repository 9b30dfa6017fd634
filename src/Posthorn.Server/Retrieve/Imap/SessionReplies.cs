using Posthorn.Protocols.Imap.Responses;

namespace Posthorn.Server.Retrieve.Imap;

/// <summary>What sessions say beyond <see cref="ImapReplies"/>.</summary>
internal static class SessionReplies
{
    public static readonly ImapReply Done = ImapReply.Ok("Done.");
    public static readonly ImapReply Draining = ImapReply.Bye("This server takes no new sessions now; come again, and another one will.", ResponseCodes.Unavailable);
    public static readonly ImapReply TooManyConnectionsFromAddress = ImapReply.Bye("Too many connections from your address; come again later.", ResponseCodes.Unavailable);
    public static readonly ImapReply OutOfService = ImapReply.Bye("The server is out of service.", ResponseCodes.Unavailable);
    public static readonly ImapReply MailboxGone = ImapReply.Bye("The selected mailbox was deleted.");

    public static readonly ImapReply StorageFull = ImapReply.No("There is no space at the moment.", ResponseCodes.Unavailable);
    public static readonly ImapReply Damaged = ImapReply.No("A message is damaged on the disk.", ResponseCodes.Corruption);

    public static readonly ImapReply AuthCancelled = ImapReply.Bad("Authentication was cancelled.");
    public static readonly ImapReply BadBase64 = ImapReply.Bad("This is no base64.");
    public static readonly ImapReply AuthTooLong = ImapReply.Bad("The line is too long.");
    public static readonly ImapReply UnknownMechanism = ImapReply.No("There is no such mechanism.");
    public static readonly ImapReply TooManyAuthFailures = ImapReply.Bye("Too many failed logins.");
    public static readonly ImapReply TooManySessions = ImapReply.No("The account has as many sessions as it may.", ResponseCodes.Limit);

    public static readonly ImapReply BeginTls = ImapReply.Ok("Begin TLS now.");
    public static readonly ImapReply NoTls = ImapReply.Bad("There is no TLS here.");
    public static readonly ImapReply TlsAlready = ImapReply.Bad("TLS is active already.");
    public static readonly ImapReply TlsUnavailable = ImapReply.No("TLS is not available at the moment.", ResponseCodes.Unavailable);

    public static ImapReply NoPermission(string reason) => ImapReply.No(Ascii(reason), ResponseCodes.NoPermission);

    public static ImapReply Cannot(string reason) => ImapReply.No(Ascii(reason), ResponseCodes.Cannot);

    /// <summary>Text of a reply is ASCII in one line (RFC 9051 7.1).</summary>
    private static string Ascii(string text) => string.Concat(text.Select(c => c is >= ' ' and <= '~' ? c : '?'));
}

using System.Globalization;
using static Posthorn.Protocols.Pop3.Pop3Reply;

namespace Posthorn.Protocols.Pop3;

/// <summary>Every answer of the POP3 door, in one place. Texts repeat nothing that the client sent and tell nothing about accounts or the machine.</summary>
public static class Pop3Replies
{
    /// <summary>QUIT before the login, and after it when nothing was to be removed.</summary>
    public static Pop3Reply Bye { get; } = Ok("bye");

    /// <summary>CAPA; the capabilities follow.</summary>
    public static Pop3Reply Capabilities { get; } = Ok("capabilities follow");

    /// <summary>AUTH without a mechanism; their names follow, as old clients expect.</summary>
    public static Pop3Reply Mechanisms { get; } = Ok("mechanisms follow");

    /// <summary>STLS: the handshake may begin.</summary>
    public static Pop3Reply ReadyForTls { get; } = Ok("ready to start TLS");

    /// <summary>UTF8 (RFC 6856 2).</summary>
    public static Pop3Reply Utf8Enabled { get; } = Ok("UTF-8 it is");

    /// <summary>USER: the same whether there is such a user or not.</summary>
    public static Pop3Reply PasswordPlease { get; } = Ok("and the password?");

    /// <summary>NOOP.</summary>
    public static Pop3Reply Nothing { get; } = Ok("");

    /// <summary>RSET.</summary>
    public static Pop3Reply Unmarked { get; } = Ok("nothing is marked for removal");

    /// <summary>DELE.</summary>
    public static Pop3Reply Marked { get; } = Ok("marked for removal");

    /// <summary>TOP; the lines follow.</summary>
    public static Pop3Reply TopFollows { get; } = Ok("its top follows");

    /// <summary>UIDL without a number; all of them follow.</summary>
    public static Pop3Reply UidsFollow { get; } = Ok("unique ids follow");

    // The client's faults.

    /// <summary>A word that is no command.</summary>
    public static Pop3Reply UnknownCommand { get; } = Error("unknown command");

    /// <summary>A command this server does not have: APOP would need passwords that are kept as they are.</summary>
    public static Pop3Reply NoApop { get; } = Error("APOP is not offered; use AUTH SCRAM-SHA-256");

    /// <summary>Control characters in a command.</summary>
    public static Pop3Reply ControlCharacters { get; } = Error("commands have no control characters");

    /// <summary>A line longer than <c>max-line</c>.</summary>
    public static Pop3Reply LineTooLong { get; } = Error("line too long");

    /// <summary>Arguments that are missing, too many or no numbers.</summary>
    public static Pop3Reply BadArguments { get; } = Error("these arguments are none of this command");

    /// <summary>A command of the maildrop before the login.</summary>
    public static Pop3Reply LoginFirst { get; } = Error("log in first");

    /// <summary>A command of the login after it.</summary>
    public static Pop3Reply LoggedInAlready { get; } = Error("logged in already");

    /// <summary>PASS without USER.</summary>
    public static Pop3Reply UserFirst { get; } = Error("USER first");

    /// <summary>USER, PASS, AUTH PLAIN or LOGIN in the clear, where that is not allowed.</summary>
    public static Pop3Reply EncryptionRequired { get; } = Error("passwords are taken over TLS only; use STLS first", Pop3ResponseCode.Auth);

    /// <summary>AUTH with a mechanism that is not offered.</summary>
    public static Pop3Reply UnknownMechanism { get; } = Error("this mechanism is not offered");

    /// <summary>AUTH with what is no base64.</summary>
    public static Pop3Reply BadBase64 { get; } = Error("that is no base64");

    /// <summary>AUTH broken off by the client (RFC 5034 4).</summary>
    public static Pop3Reply AuthCancelled { get; } = Error("authentication cancelled");

    /// <summary>Wrong name or password; which, nobody is told.</summary>
    public static Pop3Reply AuthFailed { get; } = Error("authentication failed", Pop3ResponseCode.Auth);

    /// <summary>Too many failed authentications; the session ends.</summary>
    public static Pop3Reply TooManyAuthFailures { get; } = Error("too many failed authentications", Pop3ResponseCode.Auth);

    /// <summary>Too many errors; the session ends.</summary>
    public static Pop3Reply TooManyErrors { get; } = Error("too many errors");

    /// <summary>The first line of another protocol; the session ends.</summary>
    public static Pop3Reply NotPop3 { get; } = Error("this is a POP3 server");

    /// <summary>STLS within TLS.</summary>
    public static Pop3Reply TlsAlready { get; } = Error("TLS is on already");

    /// <summary>STLS after UTF8 (RFC 6856 2.1).</summary>
    public static Pop3Reply TlsBeforeUtf8 { get; } = Error("STLS comes before UTF8");

    /// <summary>STLS where there is no certificate.</summary>
    public static Pop3Reply NoTls { get; } = Error("TLS is not offered");

    /// <summary>A number that is no message of this session's.</summary>
    public static Pop3Reply NoSuchMessage { get; } = Error("no such message");

    /// <summary>A message that was marked before.</summary>
    public static Pop3Reply MarkedAlready { get; } = Error("that message is marked for removal");

    // Ours.

    /// <summary>STLS while there is no certificate that could be used.</summary>
    public static Pop3Reply TlsNotAvailable { get; } = Error("TLS is not available now", Pop3ResponseCode.SysTemp);

    /// <summary>Another session has the maildrop.</summary>
    public static Pop3Reply InUse { get; } = Error("another session has this maildrop", Pop3ResponseCode.InUse);

    /// <summary>The account has no maildrop: its name can be no queue's.</summary>
    public static Pop3Reply NoMaildrop { get; } = Error("this account has no maildrop", Pop3ResponseCode.SysPerm);

    /// <summary>A message that was taken away meanwhile, by an administrator or because its lease ended.</summary>
    public static Pop3Reply Gone { get; } = Error("that message is not here any more", Pop3ResponseCode.SysTemp);

    /// <summary>A message whose bytes are damaged.</summary>
    public static Pop3Reply Damaged { get; } = Error("that message cannot be read", Pop3ResponseCode.SysPerm);

    /// <summary>QUIT, of which not all could be removed (RFC 1939 6).</summary>
    public static Pop3Reply NotAllRemoved { get; } = Error("some marked messages were not removed", Pop3ResponseCode.SysTemp);

    /// <summary>The engine does not serve.</summary>
    public static Pop3Reply OutOfService { get; } = Error("out of service, try again later", Pop3ResponseCode.SysTemp);

    /// <summary>The server stops.</summary>
    public static Pop3Reply ShuttingDown { get; } = Error("shutting down, try again later", Pop3ResponseCode.SysTemp);

    /// <summary>The server finishes what it has begun, and lets others do the rest.</summary>
    public static Pop3Reply Draining { get; } = Error("this server takes no new sessions now, try again", Pop3ResponseCode.SysTemp);

    /// <summary>As many sessions as the server allows.</summary>
    public static Pop3Reply TooManyConnections { get; } = Error("too many connections, try again later", Pop3ResponseCode.SysTemp);

    /// <summary>As many sessions as one address may have.</summary>
    public static Pop3Reply TooManyConnectionsFromAddress { get; } = Error("too many connections from your address", Pop3ResponseCode.SysTemp);

    /// <summary>The greeting. No time stamp in angle brackets: that would offer APOP (RFC 1939 7).</summary>
    public static Pop3Reply Greeting(string hostname) => Ok($"{hostname} Posthorn POP3 ready");

    /// <summary>The login succeeded: this many messages.</summary>
    public static Pop3Reply Maildrop(int messages) => Ok(string.Create(CultureInfo.InvariantCulture, $"{messages} messages"));

    /// <summary>STAT: messages and bytes.</summary>
    public static Pop3Reply Stat(int messages, long bytes) => Ok(string.Create(CultureInfo.InvariantCulture, $"{messages} {bytes}"));

    /// <summary>LIST without a number; a line for each follows.</summary>
    public static Pop3Reply ListFollows(int messages, long bytes) => Ok(string.Create(CultureInfo.InvariantCulture, $"{messages} messages ({bytes} octets)"));

    /// <summary>LIST of one message.</summary>
    public static Pop3Reply Size(int message, long bytes) => Ok(string.Create(CultureInfo.InvariantCulture, $"{message} {bytes}"));

    /// <summary>UIDL of one message.</summary>
    public static Pop3Reply Uid(int message, string uid) => Ok(string.Create(CultureInfo.InvariantCulture, $"{message} {uid}"));

    /// <summary>RETR; the message follows.</summary>
    public static Pop3Reply MessageFollows(long bytes) => Ok(string.Create(CultureInfo.InvariantCulture, $"{bytes} octets"));

    /// <summary>QUIT that removed what was marked.</summary>
    public static Pop3Reply Removed(int messages) => Ok(string.Create(CultureInfo.InvariantCulture, $"bye, {messages} messages removed"));
}

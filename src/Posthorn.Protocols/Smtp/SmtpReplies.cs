namespace Posthorn.Protocols.Smtp;

/// <summary>
/// Every reply that the SMTP door gives, in one place: code (RFC 5321 4.2), enhanced status (RFC 3463, RFC 5248) and text. Texts repeat nothing
/// that the client sent and tell nothing about accounts or the machine.
/// </summary>
public static class SmtpReplies
{
    // 2xx, 3xx: go on.

    /// <summary>STARTTLS: the handshake may begin.</summary>
    public static SmtpReply ReadyForTls { get; } = Of(220, 2, 0, 0, "ready to start TLS");

    /// <summary>QUIT.</summary>
    public static SmtpReply Bye { get; } = Of(221, 2, 0, 0, "bye");

    /// <summary>AUTH succeeded (RFC 4954 6).</summary>
    public static SmtpReply Authenticated { get; } = Of(235, 2, 7, 0, "authentication succeeded");

    /// <summary>RSET, NOOP.</summary>
    public static SmtpReply Ok { get; } = Of(250, 2, 0, 0, "ok");

    /// <summary>MAIL.</summary>
    public static SmtpReply SenderOk { get; } = Of(250, 2, 1, 0, "sender ok");

    /// <summary>MAIL whose MT-PRIORITY was lowered because the sender is not trusted (RFC 6710 4.1, X.3.6).</summary>
    public static SmtpReply PriorityChanged { get; } = Of(250, 2, 3, 6, "sender ok, priority lowered");

    /// <summary>RCPT.</summary>
    public static SmtpReply RecipientOk { get; } = Of(250, 2, 1, 5, "recipient ok");

    /// <summary>BDAT without LAST.</summary>
    public static SmtpReply ChunkOk { get; } = Of(250, 2, 0, 0, "chunk ok");

    /// <summary>VRFY: nobody is told who has a mailbox here (RFC 5321 3.5.3).</summary>
    public static SmtpReply WillNotVerify { get; } = Of(252, 2, 1, 5, "cannot verify, but will accept the mail and attempt delivery");

    /// <summary>HELP.</summary>
    public static SmtpReply Help { get; } =
        Of(214, 2, 0, 0, "commands: EHLO HELO LHLO MAIL RCPT DATA BDAT RSET NOOP VRFY QUIT STARTTLS AUTH\nsee RFC 5321");

    /// <summary>DATA: the mail may come.</summary>
    public static SmtpReply StartData { get; } = new(354, null, "end data with <CR><LF>.<CR><LF>");

    // 421: the session ends.

    /// <summary>The server stops.</summary>
    public static SmtpReply ShuttingDown { get; } = Of(421, 4, 3, 2, "shutting down, try again later");

    /// <summary>The mail cannot be kept now: a database or a store that is away. Later it can (RFC 5321 4.2.3).</summary>
    public static SmtpReply NotKept { get; } = Of(451, 4, 3, 0, "cannot be kept now, try again later");

    /// <summary>The engine does not serve.</summary>
    public static SmtpReply OutOfService { get; } = Of(421, 4, 3, 0, "out of service, try again later");

    /// <summary>The peer was silent, or too slow.</summary>
    public static SmtpReply TimedOut { get; } = Of(421, 4, 4, 2, "timed out, closing");

    /// <summary>The server finishes what it has begun, and lets others do the rest.</summary>
    public static SmtpReply Draining { get; } = Of(421, 4, 3, 2, "this server takes no new sessions now, try another one or again later");

    /// <summary>As many sessions as the server allows.</summary>
    public static SmtpReply TooManyConnections { get; } = Of(421, 4, 3, 2, "too many connections, try again later");

    /// <summary>As many sessions as one address may have.</summary>
    public static SmtpReply TooManyConnectionsFromAddress { get; } = Of(421, 4, 7, 0, "too many connections from your address");

    /// <summary>Too many commands that failed.</summary>
    public static SmtpReply TooManyErrors { get; } = Of(421, 4, 7, 0, "too many errors, closing");

    /// <summary>Too many commands without a mail.</summary>
    public static SmtpReply TooManyCommands { get; } = Of(421, 4, 7, 0, "too many commands without a mail, closing");

    /// <summary>Too many failed authentications.</summary>
    public static SmtpReply TooManyAuthFailures { get; } = Of(421, 4, 7, 0, "too many failed authentications, closing");

    /// <summary>As many mails as one session may bring; another session may bring more.</summary>
    public static SmtpReply TooManyMails { get; } = Of(421, 4, 7, 0, "too many mails in this session, connect again");

    /// <summary>A BDAT of which nobody can tell where it ends: what follows may be mail, and is not taken for commands.</summary>
    public static SmtpReply LostFraming { get; } = Of(421, 4, 5, 2, "cannot tell mail from commands any more, closing");

    // 4xx: not now.

    /// <summary>More recipients than one mail may have (RFC 5321 4.5.3.1.10).</summary>
    public static SmtpReply TooManyRecipients { get; } = Of(452, 4, 5, 3, "too many recipients");

    /// <summary>No space on the server.</summary>
    public static SmtpReply StorageFull { get; } = Of(452, 4, 3, 1, "insufficient system storage, try again later");

    /// <summary>The mailbox is at its quota.</summary>
    public static SmtpReply MailboxFull { get; } = Of(452, 4, 2, 2, "mailbox full");

    /// <summary>STARTTLS, but no certificate can be used now (RFC 3207 4).</summary>
    public static SmtpReply TlsNotAvailable { get; } = Of(454, 4, 7, 0, "TLS not available now");

    // 5xx: never.

    /// <summary>No command we know.</summary>
    public static SmtpReply UnknownCommand { get; } = Of(500, 5, 5, 2, "command not recognized");

    /// <summary>The line was longer than allowed; it was skipped.</summary>
    public static SmtpReply LineTooLong { get; } = Of(500, 5, 5, 2, "line too long");

    /// <summary>Control characters in a command, among them CR or LF that do not stand together.</summary>
    public static SmtpReply ControlCharacters { get; } = Of(500, 5, 5, 2, "control characters in a command; lines end with <CR><LF>");

    /// <summary>HELO, EHLO or LHLO without a name that can stand in a header.</summary>
    public static SmtpReply BadHello { get; } = Of(501, 5, 5, 4, "a host name or address literal is needed");

    /// <summary>Arguments where there are none.</summary>
    public static SmtpReply NoArgumentsHere { get; } = Of(501, 5, 5, 4, "the command takes no arguments");

    /// <summary>MAIL that is not <c>MAIL FROM:</c>.</summary>
    public static SmtpReply MailSyntax { get; } = Of(501, 5, 5, 4, "syntax: MAIL FROM:<address> [parameters]");

    /// <summary>RCPT that is not <c>RCPT TO:</c>.</summary>
    public static SmtpReply RcptSyntax { get; } = Of(501, 5, 5, 4, "syntax: RCPT TO:<address> [parameters]");

    /// <summary>BDAT without a number.</summary>
    public static SmtpReply BdatSyntax { get; } = Of(501, 5, 5, 4, "syntax: BDAT size [LAST]");

    /// <summary>AUTH without a mechanism.</summary>
    public static SmtpReply AuthSyntax { get; } = Of(501, 5, 5, 4, "syntax: AUTH mechanism [initial-response]");

    /// <summary>A sender against the grammar.</summary>
    public static SmtpReply BadSender { get; } = Of(501, 5, 1, 7, "bad sender address syntax");

    /// <summary>A recipient against the grammar.</summary>
    public static SmtpReply BadRecipient { get; } = Of(501, 5, 1, 3, "bad recipient address syntax");

    /// <summary>A parameter with a value against its grammar, or given twice.</summary>
    public static SmtpReply BadParameter { get; } = Of(501, 5, 5, 4, "bad parameter value");

    /// <summary>HOLDFOR or HOLDUNTIL beyond what was announced (RFC 4865 4).</summary>
    public static SmtpReply HoldTooLong { get; } = Of(501, 5, 5, 4, "the requested release is too far in the future");

    /// <summary>A SASL response that is no base64.</summary>
    public static SmtpReply BadBase64 { get; } = Of(501, 5, 5, 2, "cannot decode the response as base64");

    /// <summary>The client gave the SASL exchange up with <c>*</c> (RFC 4954 4).</summary>
    public static SmtpReply AuthCancelled { get; } = Of(501, 5, 7, 0, "authentication cancelled");

    /// <summary>A SASL line longer than RFC 4954 4 allows.</summary>
    public static SmtpReply AuthTooLong { get; } = Of(500, 5, 5, 6, "authentication exchange line is too long");

    /// <summary>EXPN; and STARTTLS or AUTH where they are not offered.</summary>
    public static SmtpReply NotImplemented { get; } = Of(502, 5, 5, 1, "command not implemented");

    /// <summary>A command that needs EHLO, HELO or LHLO first.</summary>
    public static SmtpReply HelloFirst { get; } = Of(503, 5, 5, 1, "send EHLO or LHLO first");

    /// <summary>A command that needs MAIL first.</summary>
    public static SmtpReply MailFirst { get; } = Of(503, 5, 5, 1, "MAIL first");

    /// <summary>DATA or BDAT without an accepted recipient: 503 where RFC 5321 3.3 leaves the choice, because RFC 2033 4.2 leaves none.</summary>
    public static SmtpReply NoRecipients { get; } = Of(503, 5, 5, 1, "no valid recipients");

    /// <summary>MAIL within a transaction.</summary>
    public static SmtpReply NestedMail { get; } = Of(503, 5, 5, 1, "a mail is being sent already");

    /// <summary>MAIL, RCPT or DATA after BDAT (RFC 3030 2).</summary>
    public static SmtpReply InChunks { get; } = Of(503, 5, 5, 1, "chunks are being sent");

    /// <summary>Anything of a transaction after one of its chunks was refused; RSET clears it (RFC 3030 2).</summary>
    public static SmtpReply ChunkFailed { get; } = Of(503, 5, 5, 1, "an earlier chunk was refused, RSET first");

    /// <summary>STARTTLS or AUTH within a transaction (RFC 4954 4).</summary>
    public static SmtpReply NotInTransaction { get; } = Of(503, 5, 5, 1, "not permitted during a mail transaction");

    /// <summary>STARTTLS when TLS is on.</summary>
    public static SmtpReply TlsAlready { get; } = Of(503, 5, 5, 1, "TLS is active already");

    /// <summary>AUTH a second time (RFC 4954 4).</summary>
    public static SmtpReply AuthenticatedAlready { get; } = Of(503, 5, 5, 1, "authenticated already");

    /// <summary>AUTH with a mechanism we do not have (RFC 4954 4).</summary>
    public static SmtpReply UnknownMechanism { get; } = Of(504, 5, 5, 4, "authentication mechanism not supported");

    /// <summary>Name and password do not fit (RFC 4954 6).</summary>
    public static SmtpReply AuthFailed { get; } = Of(535, 5, 7, 8, "authentication failed");

    /// <summary>AUTH with a plain password without TLS (RFC 4954 6).</summary>
    public static SmtpReply EncryptionRequired { get; } = Of(538, 5, 7, 11, "encryption required for the authentication mechanism");

    /// <summary>The domain is ours, the user is not.</summary>
    public static SmtpReply UnknownUser { get; } = Of(550, 5, 1, 1, "no such user here");

    /// <summary>Mail for another host from someone we do not relay for.</summary>
    public static SmtpReply RelayingDenied { get; } = Of(550, 5, 7, 1, "relaying denied");

    /// <summary>Larger than the server takes, by declaration or by count (RFC 1870 6).</summary>
    public static SmtpReply TooLarge { get; } = Of(552, 5, 3, 4, "message larger than the limit");

    /// <summary>Larger than the recipient's mailbox takes, however empty it is.</summary>
    public static SmtpReply TooLargeForMailbox { get; } = Of(552, 5, 2, 3, "message larger than the mailbox takes");

    /// <summary>An address beyond ASCII without SMTPUTF8 (RFC 6531 3.5).</summary>
    public static SmtpReply NeedsSmtpUtf8 { get; } = Of(553, 5, 6, 7, "addresses beyond ASCII need SMTPUTF8");

    /// <summary>Too many Received fields: the mail goes in a circle (RFC 5321 6.3).</summary>
    public static SmtpReply Looping { get; } = Of(554, 5, 4, 6, "too many hops, the mail is looping");

    /// <summary>
    /// CR or LF that do not stand together in a mail. RFC 5321 2.3.8 forbids them, and they cannot be passed on safely: some server behind would take
    /// them for the end of a line, and so see other lines, commands even, than we do. X.6.0 as in KumoMTA; Exchange, Gmail and Postfix refuse them too.
    /// </summary>
    public static SmtpReply BareNewline { get; } = Of(554, 5, 6, 0, "bare <CR> or <LF> in the mail; lines end with <CR><LF>");

    /// <summary>The peer speaks another protocol.</summary>
    public static SmtpReply NotSmtp { get; } = Of(554, 5, 7, 0, "this is SMTP, closing");

    /// <summary>A parameter of MAIL or RCPT that was not announced (RFC 5321 4.1.1.11).</summary>
    public static SmtpReply UnknownParameter { get; } = Of(555, 5, 5, 4, "parameter not recognized or not implemented");

    /// <summary>The greeting.</summary>
    public static SmtpReply Greeting(string hostname, bool isLmtp) => new(220, null, $"{hostname} {(isLmtp ? "LMTP" : "ESMTP")} Posthorn");

    /// <summary>The answer to HELO.</summary>
    public static SmtpReply Hello(string hostname) => new(250, null, hostname);

    /// <summary>The answer to EHLO and LHLO: our name, then a line for each extension (RFC 5321 4.1.1.1).</summary>
    public static SmtpReply Hello(string hostname, IEnumerable<string> extensions) => new(250, null, string.Join('\n', extensions.Prepend(hostname)));

    /// <summary>The mail is durable under this id.</summary>
    public static SmtpReply Queued(string id) => Of(250, 2, 0, 0, $"Ok: queued as {id}");

    /// <summary>A SASL challenge (RFC 4954 4).</summary>
    public static SmtpReply Challenge(ReadOnlySpan<byte> challenge) => new(334, null, Convert.ToBase64String(challenge));

    private static SmtpReply Of(int code, int @class, int subject, int detail, string text) => new(code, new EnhancedStatusCode(@class, subject, detail), text);
}

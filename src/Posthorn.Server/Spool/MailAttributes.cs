namespace Posthorn.Server.Spool;

/// <summary>Names of the attributes that the mail path itself sets on a message. What users set has no such prefix.</summary>
public static class MailAttributes
{
    /// <summary>The peer's address, without port.</summary>
    public const string RemoteAddress = "mail.remote-address";

    /// <summary>The name the peer gave in EHLO.</summary>
    public const string RemoteHost = "mail.remote-host";

    /// <summary>The account that authenticated; absent when none did.</summary>
    public const string Account = "mail.account";

    /// <summary>The door: <c>smtp</c>, <c>lmtp</c>, <c>http</c>, <c>pipeline</c>.</summary>
    public const string Door = "mail.door";

    /// <summary>The value of the Message-ID field without angle brackets.</summary>
    public const string MessageId = "mail.message-id";

    /// <summary>The Subject, decoded, cut at 200 characters: for lists, not for matching.</summary>
    public const string Subject = "mail.subject";

    /// <summary><c>8bitmime</c> or <c>binarymime</c>; absent is 7bit.</summary>
    public const string BodyType = "mail.body-type";

    /// <summary><c>1</c> when MAIL had SMTPUTF8 (RFC 6531).</summary>
    public const string SmtpUtf8 = "mail.smtputf8";

    /// <summary><c>1</c> when MAIL had REQUIRETLS (RFC 8689).</summary>
    public const string RequireTls = "mail.requiretls";

    /// <summary>How many delivery attempts or pipeline runs of this message failed so far.</summary>
    public const string Attempts = "mail.attempts";

    /// <summary>When the next delay warning is due or that it was sent: Unix seconds, or <c>sent</c>.</summary>
    public const string DelayWarning = "mail.delay-warning";

    /// <summary>The processor a message of the spool is in.</summary>
    public const string Processor = "mail.processor";

    /// <summary>The exception of the mailet or matcher that failed, for <c>has-exception</c>.</summary>
    public const string Exception = "mail.exception";

    /// <summary>The sub-address that a mail in a mailbox was sent to: <c>tag</c> of <c>mq+tag@…</c>; absent without one.</summary>
    public const string Detail = "mail.detail";

    /// <summary>The rule of the pipeline at which a held or failed mail goes on; removed, it begins its processor anew.</summary>
    public const string Resume = "mail.resume";

    /// <summary>How many mails, each made by the pipeline out of the one before, lie between this one and what was accepted.</summary>
    public const string Hops = "mail.hops";

    /// <summary>The full queue that a message in <see cref="SpoolQueues.Deferred"/> waits for.</summary>
    public const string DeferredQueue = "mail.deferred-queue";

    /// <summary><c>1</c> when that message is a copy, of which its sender is told nothing.</summary>
    public const string DeferredCopy = "mail.deferred-copy";

    /// <summary>The queue a dead letter came from, where redrive puts it back.</summary>
    public const string DeadLetterSource = "mail.dead-letter-source";

    /// <summary>
    /// Unix seconds before which its sender or a rule did not want it delivered (FUTURERELEASE, a delay): its give-up time is counted from there,
    /// not from its acceptance.
    /// </summary>
    public const string NotBefore = "mail.not-before";

    /// <summary>The internal date of a message that was appended or copied over IMAP (RFC 3501 2.3.3), as <c>2026-11-27T08:00:00+01:00</c>; absent, it is when it came into its queue.</summary>
    public const string InternalDate = "mail.internal-date";

    /// <summary>Envelope and structure in compact form, bytes (docs/formats/mail-structure.md); absent, they are computed when they are asked for.</summary>
    public const string Structure = "mail.structure";

    /// <summary>Of a copy made over IMAP the message whose content it has, for EMAILID (RFC 8474); absent, its own id.</summary>
    public const string EmailId = "mail.email-id";
}

namespace Posthorn.Protocols.Imap.Commands;

/// <summary>A figure of a mailbox (RFC 9051 6.3.11, RFC 7162 3.1.7, RFC 8438, RFC 8474 4.3, RFC 7889 3).</summary>
public enum StatusItem
{
    /// <summary>MESSAGES.</summary>
    Messages,
    /// <summary>RECENT (RFC 3501).</summary>
    Recent,
    /// <summary>UIDNEXT.</summary>
    UidNext,
    /// <summary>UIDVALIDITY.</summary>
    UidValidity,
    /// <summary>UNSEEN: how many have not <c>\Seen</c>.</summary>
    Unseen,
    /// <summary>DELETED: how many have <c>\Deleted</c> (RFC 9051).</summary>
    Deleted,
    /// <summary>SIZE: bytes in all (RFC 8438).</summary>
    Size,
    /// <summary>HIGHESTMODSEQ (RFC 7162).</summary>
    HighestModSeq,
    /// <summary>MAILBOXID (RFC 8474).</summary>
    MailboxId,
    /// <summary>APPENDLIMIT: longest message taken, in bytes (RFC 7889).</summary>
    AppendLimit,
    /// <summary>DELETED-STORAGE: bytes that expunging would free, in units of 1,024 (RFC 9208 4.1.5).</summary>
    DeletedStorage,
}

using System.Globalization;
using Posthorn.Protocols.Imap.Commands;

namespace Posthorn.Protocols.Imap.Responses;

/// <summary>What may stand between the brackets of a status response, in one place (RFC 9051 7.1, RFC 5530, and the extensions').</summary>
public static class ResponseCodes
{
    /// <summary>ALERT: people must see the text (RFC 9051 7.1).</summary>
    public const string Alert = "ALERT";

    /// <summary>ALREADYEXISTS: of CREATE and RENAME (RFC 5530).</summary>
    public const string AlreadyExists = "ALREADYEXISTS";

    /// <summary>AUTHENTICATIONFAILED (RFC 5530).</summary>
    public const string AuthenticationFailed = "AUTHENTICATIONFAILED";

    /// <summary>AUTHORIZATIONFAILED: may not act for another (RFC 5530).</summary>
    public const string AuthorizationFailed = "AUTHORIZATIONFAILED";

    /// <summary>CANNOT: not possible here, and never will be: a name that is none (RFC 5530).</summary>
    public const string Cannot = "CANNOT";

    /// <summary>CLIENTBUG (RFC 5530).</summary>
    public const string ClientBug = "CLIENTBUG";

    /// <summary>CLOSED: what follows is about the mailbox selected now (RFC 7162 3.2.11).</summary>
    public const string Closed = "CLOSED";

    /// <summary>COMPRESSIONACTIVE (RFC 4978 3).</summary>
    public const string CompressionActive = "COMPRESSIONACTIVE";

    /// <summary>CONTACTADMIN (RFC 5530).</summary>
    public const string ContactAdmin = "CONTACTADMIN";

    /// <summary>CORRUPTION: what is stored is damaged (RFC 5530).</summary>
    public const string Corruption = "CORRUPTION";

    /// <summary>EXPIRED: the password is (RFC 5530).</summary>
    public const string Expired = "EXPIRED";

    /// <summary>EXPUNGEISSUED: another removed the messages (RFC 5530).</summary>
    public const string ExpungeIssued = "EXPUNGEISSUED";

    /// <summary>HASCHILDREN: of DELETE (RFC 9051 7.1).</summary>
    public const string HasChildren = "HASCHILDREN";

    /// <summary>INUSE: another holds it (RFC 5530).</summary>
    public const string InUse = "INUSE";

    /// <summary>LIMIT: more than the server allows (RFC 5530).</summary>
    public const string Limit = "LIMIT";

    /// <summary>NOMODSEQ: the mailbox has no mod-sequences (RFC 7162 3.1.2.2).</summary>
    public const string NoModSeq = "NOMODSEQ";

    /// <summary>NONEXISTENT: there is no such mailbox (RFC 5530).</summary>
    public const string NonExistent = "NONEXISTENT";

    /// <summary>NOPERM (RFC 5530).</summary>
    public const string NoPermission = "NOPERM";

    /// <summary>NOTSAVED: <c>$</c> was not changed to what the search found (RFC 5182 2.4).</summary>
    public const string NotSaved = "NOTSAVED";

    /// <summary>OVERQUOTA (RFC 9208 4.3.1).</summary>
    public const string OverQuota = "OVERQUOTA";

    /// <summary>PARSE: the mail's headers could not be understood (RFC 9051 7.1).</summary>
    public const string Parse = "PARSE";

    /// <summary>PRIVACYREQUIRED: TLS first (RFC 5530).</summary>
    public const string PrivacyRequired = "PRIVACYREQUIRED";

    /// <summary>READ-ONLY: of EXAMINE and SELECT (RFC 9051 7.1).</summary>
    public const string ReadOnly = "READ-ONLY";

    /// <summary>READ-WRITE (RFC 9051 7.1).</summary>
    public const string ReadWrite = "READ-WRITE";

    /// <summary>SERVERBUG (RFC 5530).</summary>
    public const string ServerBug = "SERVERBUG";

    /// <summary>TOOBIG: the message is larger than taken (RFC 4469 4.2, RFC 7889 4).</summary>
    public const string TooBig = "TOOBIG";

    /// <summary>TRYCREATE: there is no such mailbox, but it could be made (RFC 9051 7.1).</summary>
    public const string TryCreate = "TRYCREATE";

    /// <summary>UIDNOTSTICKY (RFC 4315 3).</summary>
    public const string UidNotSticky = "UIDNOTSTICKY";

    /// <summary>UNAVAILABLE: something needed does not serve now (RFC 5530).</summary>
    public const string Unavailable = "UNAVAILABLE";

    /// <summary>UNKNOWN-CTE: the part's transfer encoding is not known (RFC 3516 4.3).</summary>
    public const string UnknownTransferEncoding = "UNKNOWN-CTE";

    /// <summary>USEATTR: no mailbox can have this use (RFC 6154 3).</summary>
    public const string UseAttribute = "USEATTR";

    /// <summary>BADCHARSET with what is known (RFC 9051 7.1).</summary>
    public const string BadCharset = "BADCHARSET (US-ASCII UTF-8)";

    /// <summary>APPENDUID: the UIDs of what was appended, in the order it came (RFC 4315 3).</summary>
    public static string AppendUid(uint uidValidity, params ReadOnlySpan<uint> uids) => Of($"APPENDUID {uidValidity} {NumberRanges.Text(uids)}");

    /// <summary>COPYUID: what was copied, and the UIDs of the copies in the same order (RFC 4315 3). None are told when nothing was copied: give no code then.</summary>
    public static string CopyUid(uint uidValidity, ReadOnlySpan<uint> sources, ReadOnlySpan<uint> copies) =>
        Of($"COPYUID {uidValidity} {NumberRanges.Text(sources)} {NumberRanges.Text(copies)}");

    /// <summary>CAPABILITY (RFC 9051 7.1).</summary>
    public static string Capability(IEnumerable<string> names) => "CAPABILITY " + string.Join(' ', names);

    /// <summary>HIGHESTMODSEQ (RFC 7162 3.1.2.1).</summary>
    public static string HighestModSeq(ulong value) => Of($"HIGHESTMODSEQ {value}");

    /// <summary>MAILBOXID (RFC 8474 4).</summary>
    public static string MailboxId(string id) => $"MAILBOXID ({id})";

    /// <summary>MODIFIED: which messages a conditional STORE left alone; numbers or UIDs as the command had (RFC 7162 3.1.3).</summary>
    public static string Modified(ReadOnlySpan<uint> numbers) => $"MODIFIED {NumberRanges.Text(numbers)}";

    /// <summary>PERMANENTFLAGS; <c>\*</c> among them says that new keywords can be made (RFC 9051 7.1).</summary>
    public static string PermanentFlags(IEnumerable<string> flags) => $"PERMANENTFLAGS ({string.Join(' ', flags)})";

    /// <summary>UIDNEXT (RFC 9051 7.1).</summary>
    public static string UidNext(uint value) => Of($"UIDNEXT {value}");

    /// <summary>UIDVALIDITY (RFC 9051 7.1).</summary>
    public static string UidValidity(uint value) => Of($"UIDVALIDITY {value}");

    /// <summary>UNSEEN: the number of the first message without <c>\Seen</c> (RFC 3501 7.1).</summary>
    public static string Unseen(uint number) => Of($"UNSEEN {number}");

    private static string Of(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

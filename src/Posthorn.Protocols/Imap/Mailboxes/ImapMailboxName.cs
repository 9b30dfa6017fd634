using System.Text;

namespace Posthorn.Protocols.Imap.Mailboxes;

/// <summary>Names of mailboxes as sessions see them: Unicode, <c>/</c> between the levels, "INBOX" in one spelling (RFC 9051 5.1).</summary>
public static class ImapMailboxName
{
    /// <summary>What every account has.</summary>
    public const string Inbox = "INBOX";

    /// <summary>What stands between the levels of a name.</summary>
    public const char Separator = '/';

    /// <summary>Longest name taken, in characters.</summary>
    public const int LengthMax = 1_000;

    /// <summary>Understands a name as a client sent it.</summary>
    /// <param name="bytes">Its bytes, without quotes.</param>
    /// <param name="isUtf8">Whether the client enabled UTF-8; its names are modified UTF-7 otherwise.</param>
    /// <param name="name">The name; may be empty.</param>
    /// <returns>False for what no mailbox can be called: not encoded as it should be, control characters (RFC 9051 5.1 warns of them), too long.</returns>
    public static bool TryRead(ReadOnlySpan<byte> bytes, bool isUtf8, out string name)
    {
        name = "";
        if (isUtf8 && System.Text.Unicode.Utf8.IsValid(bytes))
            name = Encoding.UTF8.GetString(bytes);
        else if (isUtf8 || !ModifiedUtf7.TryDecode(bytes, out name))
            return false;
        if (name.Length > LengthMax || name.Any(char.IsControl))
            return false;
        if (name.Equals(Inbox, StringComparison.OrdinalIgnoreCase))
            name = Inbox;
        return true;
    }
}

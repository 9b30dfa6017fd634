using Posthorn.Messages;

namespace Posthorn.Server.Spool;

/// <summary>Tells mails from other messages.</summary>
public static class MailMark
{
    /// <summary>
    /// Whether it is a mail: it has an envelope, of which the null sender is one too. Every door that takes mail in (SMTP, LMTP, <c>/v1/mails</c>,
    /// IMAP's APPEND) sets one, and no other does.
    /// </summary>
    public static bool IsMail(this Message message) => message.Envelope.Sender is not null;
}

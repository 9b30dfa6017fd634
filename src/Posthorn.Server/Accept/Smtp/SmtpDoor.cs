namespace Posthorn.Server.Accept.Smtp;

/// <summary>What a listener speaks.</summary>
public enum SmtpDoor
{
    /// <summary>SMTP, with STARTTLS when there is a certificate.</summary>
    Smtp,
    /// <summary>SMTP within TLS from the first byte (RFC 8314 3.3).</summary>
    Smtps,
    /// <summary>LMTP (RFC 2033): an answer for each recipient at the end of a mail.</summary>
    Lmtp,
}

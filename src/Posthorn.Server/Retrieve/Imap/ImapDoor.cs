namespace Posthorn.Server.Retrieve.Imap;

/// <summary>What a listener speaks.</summary>
internal enum ImapDoor
{
    /// <summary>IMAP, with STARTTLS when there is a certificate.</summary>
    Imap,
    /// <summary>IMAP within TLS from the first byte (RFC 8314 3.2).</summary>
    Imaps,
}

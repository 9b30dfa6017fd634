namespace Posthorn.Protocols.Imap.Fetching;

/// <summary>What bytes of a mail are called in a FETCH answer (RFC 3501 6.4.5).</summary>
public enum BodyLabel
{
    /// <summary>BODY with section and origin.</summary>
    Body,
    /// <summary>RFC822: BODY[].</summary>
    Rfc822,
    /// <summary>RFC822.HEADER: BODY.PEEK[HEADER].</summary>
    Rfc822Header,
    /// <summary>RFC822.TEXT: BODY[TEXT].</summary>
    Rfc822Text,
}

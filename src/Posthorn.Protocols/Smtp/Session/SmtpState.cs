namespace Posthorn.Protocols.Smtp.Session;

/// <summary>Where a session stands between two commands. TLS and authentication are not states: they are guards, asked when a command needs them.</summary>
public enum SmtpState
{
    /// <summary>Nobody has said EHLO yet, or STARTTLS has made it forgotten.</summary>
    Connected,
    /// <summary>Greeted, no mail under way.</summary>
    Ready,
    /// <summary>MAIL was accepted, no recipient yet.</summary>
    Mail,
    /// <summary>At least one recipient was accepted.</summary>
    Recipients,
    /// <summary>BDAT chunks have come, the last has not.</summary>
    Chunks,
    /// <summary>A chunk was refused; those that may still be on their way are thrown away until RSET or LAST (RFC 3030 2).</summary>
    Failed,
    /// <summary>The session ends; no command is read any more.</summary>
    Closed,
}

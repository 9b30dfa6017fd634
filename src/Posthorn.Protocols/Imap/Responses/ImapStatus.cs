namespace Posthorn.Protocols.Imap.Responses;

/// <summary>What a status response says (RFC 9051 7.1).</summary>
public enum ImapStatus
{
    /// <summary>Done; or, untagged, for information.</summary>
    Ok,
    /// <summary>Understood, but not done.</summary>
    No,
    /// <summary>Not understood, or not allowed here.</summary>
    Bad,
    /// <summary>The session ends; always untagged.</summary>
    Bye,
    /// <summary>The greeting of a session that needs no login; always untagged.</summary>
    PreAuth,
}

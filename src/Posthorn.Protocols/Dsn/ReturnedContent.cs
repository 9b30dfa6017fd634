namespace Posthorn.Protocols.Dsn;

/// <summary>What of the mail a notification returns (RFC 3461 4.3).</summary>
public enum ReturnedContent
{
    /// <summary>Nothing.</summary>
    None,
    /// <summary>Its header.</summary>
    Headers,
    /// <summary>All of it.</summary>
    Full,
}

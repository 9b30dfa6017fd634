namespace Posthorn.Protocols.Imap.Commands;

/// <summary>What STORE does with the flags it names (RFC 9051 6.4.6).</summary>
public enum StoreMode
{
    /// <summary>FLAGS: exactly these.</summary>
    Replace,
    /// <summary>+FLAGS: these too.</summary>
    Add,
    /// <summary>-FLAGS: not these.</summary>
    Remove,
}

namespace Posthorn.Protocols.Dkim;

/// <summary>What a signature lets a transport change (RFC 6376 3.4).</summary>
public enum DkimCanonicalization
{
    /// <summary>White space.</summary>
    Relaxed,
    /// <summary>Nothing but empty lines at the end.</summary>
    Simple,
}

namespace Posthorn.Server.Deliver.Outgoing.Connections;

/// <summary>How much TLS a connection needs before mail goes over it.</summary>
public enum TlsPolicy
{
    /// <summary>TLS when it is offered, whatever its certificate; in the clear when it fails (RFC 7435).</summary>
    Opportunistic,
    /// <summary>TLS, whatever its certificate; without it the mail waits.</summary>
    Require,
    /// <summary>TLS with a certificate that a known authority gave to that host; without it the mail waits.</summary>
    Verify,
    /// <summary>Never TLS.</summary>
    Off,
}

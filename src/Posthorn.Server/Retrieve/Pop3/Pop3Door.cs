namespace Posthorn.Server.Retrieve.Pop3;

/// <summary>What a listener speaks.</summary>
public enum Pop3Door
{
    /// <summary>POP3, with STLS when there is a certificate.</summary>
    Pop3,
    /// <summary>POP3 within TLS from the first byte (RFC 8314 3.2).</summary>
    Pop3s,
}

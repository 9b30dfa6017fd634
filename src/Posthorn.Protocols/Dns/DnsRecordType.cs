namespace Posthorn.Protocols.Dns;

/// <summary>The record types that finding a mail's way needs (RFC 1035 3.2.2, RFC 3596).</summary>
public enum DnsRecordType : ushort
{
    /// <summary>An IPv4 address.</summary>
    A = 1,
    /// <summary>Another name for this one.</summary>
    Cname = 5,
    /// <summary>Start of authority: in a negative answer its minimum says how long to remember it (RFC 2308).</summary>
    Soa = 6,
    /// <summary>A mail exchanger.</summary>
    Mx = 15,
    /// <summary>Text.</summary>
    Txt = 16,
    /// <summary>An IPv6 address.</summary>
    Aaaa = 28,
    /// <summary>The pseudo record of EDNS (RFC 6891).</summary>
    Opt = 41,
}

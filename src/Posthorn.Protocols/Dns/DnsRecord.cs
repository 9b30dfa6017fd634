using System.Net;

namespace Posthorn.Protocols.Dns;

/// <summary>One resource record; of the data only what its type has is set.</summary>
/// <param name="Name">The owner, in small letters without a root dot; empty is the root.</param>
/// <param name="Type">Its type.</param>
/// <param name="TimeToLive">How long it may be remembered.</param>
public sealed record DnsRecord(string Name, DnsRecordType Type, TimeSpan TimeToLive)
{
    /// <summary>Of A and AAAA.</summary>
    public IPAddress? Address { get; init; }

    /// <summary>The name an MX or CNAME points to, in small letters; empty is the root (a null MX, RFC 7505).</summary>
    public string? Target { get; init; }

    /// <summary>Of MX: lower is tried first.</summary>
    public ushort Preference { get; init; }

    /// <summary>Of SOA: how long a negative answer may be remembered at most.</summary>
    public TimeSpan? NegativeTimeToLive { get; init; }
}

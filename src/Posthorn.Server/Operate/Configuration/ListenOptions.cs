using System.Net;

namespace Posthorn.Server.Operate.Configuration;

/// <summary>Where each door listens; null is off. Port 0 takes a free one, which is printed at start.</summary>
public sealed record ListenOptions
{
    public IPEndPoint? Smtp { get; init; } = new(IPAddress.Loopback, 2525);

    /// <summary>SMTP with TLS from the first byte (RFC 8314 "submissions"); off by default.</summary>
    public IPEndPoint? Smtps { get; init; }

    /// <summary>LMTP (RFC 2033); off by default.</summary>
    public IPEndPoint? Lmtp { get; init; }

    /// <summary>POP3 (RFC 1939).</summary>
    public IPEndPoint? Pop3 { get; init; } = new(IPAddress.Loopback, 2110);

    /// <summary>POP3 with TLS from the first byte (RFC 8314); off by default.</summary>
    public IPEndPoint? Pop3s { get; init; }

    /// <summary>IMAP (RFC 3501, RFC 9051).</summary>
    public IPEndPoint? Imap { get; init; } = new(IPAddress.Loopback, 2143);

    /// <summary>IMAP with TLS from the first byte (RFC 8314); off by default.</summary>
    public IPEndPoint? Imaps { get; init; }

    public IPEndPoint? Http { get; init; } = new(IPAddress.Loopback, 9324);

    /// <summary>The same as <see cref="Http"/> within TLS; off by default.</summary>
    public IPEndPoint? Https { get; init; }

    /// <summary>Whether every door that is on can be reached from this machine only.</summary>
    public bool IsLoopbackOnly => new[] { Smtp, Smtps, Lmtp, Pop3, Pop3s, Imap, Imaps, Http, Https }.All(e => e is null || IPAddress.IsLoopback(e.Address));
}

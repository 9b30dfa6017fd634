namespace Posthorn.Server.Deliver.Outgoing;

/// <summary>A smart host.</summary>
public sealed record RelayOptions
{
    /// <summary>A host name or an address without brackets.</summary>
    public required string Host { get; init; }

    public int Port { get; init; } = 25;

    /// <summary>With a password: AUTH is used, and a relay that does not offer it gets nothing.</summary>
    public string? User { get; init; }

    public string? Password { get; init; }

    /// <summary>TLS from the first byte (RFC 8314) instead of STARTTLS; by default on port 465.</summary>
    public bool IsImplicitTls { get; init; }

    public override string ToString() => Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]:{Port}" : $"{Host}:{Port}";
}

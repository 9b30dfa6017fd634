using System.Net.Security;
using Microsoft.Extensions.Logging;
using Posthorn.Engine;
using Posthorn.Protocols.Sasl;
using Posthorn.Server.Deliver.Mailboxes;
using Posthorn.Server.Spool;

namespace Posthorn.Server.Accept.Smtp;

/// <summary>What all sessions share.</summary>
internal sealed record SmtpContext
{
    public required SmtpOptions Options { get; init; }

    /// <summary>Our name, in the greeting and in trace headers.</summary>
    public required string Hostname { get; init; }

    public required IEngine Engine { get; init; }

    public required IMailSpool Spool { get; init; }

    public required RelayPolicy Relay { get; init; }

    public required MailboxQuota Quota { get; init; }

    public required ISaslAccounts Accounts { get; init; }

    /// <summary>Whether SCRAM can be offered: it needs passwords that are known.</summary>
    public required bool HasScram { get; init; }

    /// <summary>The certificate and all else of TLS, asked for at each handshake; null, or returning null: no TLS.</summary>
    public required Func<SslServerAuthenticationOptions?>? Tls { get; init; }

    public required SmtpMetrics Metrics { get; init; }

    public required TimeProvider Time { get; init; }

    public required ILogger Logger { get; init; }
}

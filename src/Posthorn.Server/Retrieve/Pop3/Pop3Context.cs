using System.Net.Security;
using Microsoft.Extensions.Logging;
using Posthorn.Engine;
using Posthorn.Server.Operate.Timeline;

namespace Posthorn.Server.Retrieve.Pop3;

/// <summary>What all sessions share.</summary>
internal sealed record Pop3Context
{
    public required Pop3Options Options { get; init; }

    /// <summary>Our name, in the greeting.</summary>
    public required string Hostname { get; init; }

    public required IEngine Engine { get; init; }

    /// <summary>Who may open which maildrop.</summary>
    public required MaildropAccounts Accounts { get; init; }

    /// <summary>Whether SCRAM can be offered: it needs passwords that are known.</summary>
    public required bool HasScram { get; init; }

    /// <summary>Which maildrops are open.</summary>
    public required MaildropLocks Locks { get; init; }

    /// <summary>The certificate and all else of TLS, asked for at each handshake; null, or returning null: no TLS.</summary>
    public required Func<SslServerAuthenticationOptions?>? Tls { get; init; }

    public required ITimeline Timeline { get; init; }

    public required Pop3Metrics Metrics { get; init; }

    public required TimeProvider Time { get; init; }

    public required ILogger Logger { get; init; }
}

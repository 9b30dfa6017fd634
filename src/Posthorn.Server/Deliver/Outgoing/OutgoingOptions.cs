using System.Net;
using Posthorn.Protocols.Schedules;
using Posthorn.Server.Deliver.Outgoing.Connections;

namespace Posthorn.Server.Deliver.Outgoing;

/// <summary>How mail for other hosts leaves.</summary>
public sealed record OutgoingOptions
{
    /// <summary>The smart host that takes everything; null looks up the mail exchangers of each domain.</summary>
    public RelayOptions? Relay { get; init; }

    /// <summary>When a mail that could not be delivered is tried again.</summary>
    public RetrySchedule Schedule { get; init; } = RetrySchedule.Parse("10m, 30m, 2h, 4*6h");

    /// <summary>The largest part of a delay that chance adds to it, 0 to 1: what failed together does not come back together.</summary>
    public double Jitter { get; init; } = 0.1;

    public ConcurrencyOptions Concurrency { get; init; } = new();

    public DestinationOptions PerDestination { get; init; } = new();

    /// <summary>Age at which a mail that is still waiting is bounced. Five days: RFC 5321 4.5.4.1, Postfix maximal_queue_lifetime.</summary>
    public TimeSpan GiveUpAfter { get; init; } = TimeSpan.FromDays(5);

    /// <summary>Age at which the sender is told once that the mail still waits; null never tells.</summary>
    public TimeSpan? DelayWarningAfter { get; init; } = TimeSpan.FromHours(4);

    /// <summary>The name said in EHLO; null is the server's host name.</summary>
    public string? HeloName { get; init; }

    /// <summary>The address connections come from; null leaves it to the system.</summary>
    public IPAddress? BindAddress { get; init; }

    /// <summary>The name servers asked; none takes those of <c>/etc/resolv.conf</c>.</summary>
    public IReadOnlyList<IPEndPoint> Resolvers { get; init; } = [];

    /// <summary>The port of mail exchangers (not of a relay, which names its own). 25 but for tests and closed networks.</summary>
    public int Port { get; init; } = 25;

    public TlsPolicy Tls { get; init; }

    public TimeoutOptions Timeouts { get; init; } = new();

    /// <summary>Whether what is given up is kept in <see cref="Spool.SpoolQueues.DeadLetters"/>, from where it can be redriven.</summary>
    public bool DeadLetters { get; init; } = true;

    /// <summary>How long a shutdown waits for mail whose content is on its way; the rest is given back to the queue at once.</summary>
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(20);
}

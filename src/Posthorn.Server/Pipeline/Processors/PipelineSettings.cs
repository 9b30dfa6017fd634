using System.Net;
using Posthorn.Server.Operate.Configuration;

namespace Posthorn.Server.Pipeline.Processors;

/// <summary>What the pipeline takes from other sections of the configuration, and its own bounds.</summary>
public sealed record PipelineSettings
{
    /// <summary>The server's name, in the mails it writes itself.</summary>
    public string Hostname { get; init; } = "localhost";

    /// <summary>After how long, counted from acceptance, a mail that is still in the spool is bounced; 5 days as Postfix (maximal_queue_lifetime). Held mail is excepted.</summary>
    public TimeSpan GiveUpAfter { get; init; } = TimeSpan.FromDays(5);

    /// <summary>Whether what is given up is kept as a dead letter.</summary>
    public bool KeepsDeadLetters { get; init; } = true;

    /// <summary>Peers whose mail may be relayed without authentication.</summary>
    public IReadOnlyList<IPNetwork> TrustedNetworks { get; init; } = [];

    /// <summary>Workers for each queue of the pipeline: 1 or more. They compute and wait for the disk; mailets that wait for others do not occupy them.</summary>
    public int Workers { get; init; } = Math.Clamp(Environment.ProcessorCount, 2, 8);

    /// <summary>Most mails that are worked on together and become one commit.</summary>
    public int BatchMax { get; init; } = 100;

    /// <summary>
    /// How long a commit of the pipeline waits to be synced along with others, up to a second. A mail is safe in the queue that it comes from, and nobody
    /// waits for it to go on but its reader: while mail comes in, one sync serves both.
    /// </summary>
    public TimeSpan CommitLinger { get; init; } = TimeSpan.FromMilliseconds(2);

    /// <summary>Most mails that wait inside mailets (for an HTTP answer, say) at one time; beyond that a queue's workers wait too.</summary>
    public int WaitingMax { get; init; } = 1_000;

    /// <summary>How long one mail may take; what takes longer fails as any mailet that throws.</summary>
    public TimeSpan RunTimeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>How long a mail is leased: longer than it may take, so that nobody else takes it up meanwhile.</summary>
    public TimeSpan LeaseTimeout => RunTimeout + TimeSpan.FromMinutes(3);

    /// <summary>When a mail that failed is tried again; after the last of them it goes to the processor <c>error</c>.</summary>
    public IReadOnlyList<TimeSpan> Retries { get; init; } =
        [TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(15), TimeSpan.FromMinutes(30)];

    /// <summary>When a mail for a full queue is tried again; the last repeats until <see cref="GiveUpAfter"/>.</summary>
    public IReadOnlyList<TimeSpan> FullQueueRetries { get; init; } =
        [TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(15), TimeSpan.FromMinutes(30), TimeSpan.FromHours(1)];

    /// <summary>How long mail waits that found no space on the disk.</summary>
    public TimeSpan FullDiskDelay { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How often a mail may be taken up without an end (the process died each time) before it is held as an error.</summary>
    public int CrashesMax { get; init; } = 20;

    /// <summary>As configured.</summary>
    public static PipelineSettings Of(PosthornOptions options) => new()
    {
        Hostname = options.Hostname,
        GiveUpAfter = options.Outgoing.GiveUpAfter,
        KeepsDeadLetters = options.Outgoing.DeadLetters,
        TrustedNetworks = options.Smtp.RelayNetworks,
    };
}

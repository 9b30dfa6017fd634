using Posthorn.Clustering;
using Posthorn.Queues;
using Posthorn.Server.Accept.Smtp;
using Posthorn.Server.Deliver.Mailboxes;
using Posthorn.Server.Deliver.Outgoing;
using Posthorn.Server.Deliver.Webhooks;
using Posthorn.Server.Operate.Accounts;
using Posthorn.Server.Operate.Timeline;
using Posthorn.Server.Retrieve.Imap;
using Posthorn.Server.Retrieve.Pop3;

namespace Posthorn.Server.Operate.Configuration;

/// <summary>Everything that can be configured, bound and validated. One section a property; each section's record lives with its concern.</summary>
public sealed record PosthornOptions
{
    /// <summary>The folder of the journal and all else that is kept.</summary>
    public string Data { get; init; } = "./data";

    /// <summary>Where queues are kept.</summary>
    public EngineOptions Engine { get; init; } = new();

    /// <summary>What people call this node among those that share its queues; null is <see cref="NodeName"/>'s choice.</summary>
    public string? Node { get; init; }

    /// <summary>
    /// <see cref="Node"/>, or the machine's name with four digits made of the data folder's path: the same after each start, and another one for a second node
    /// on the same machine. What belongs to a node goes by its name, so a name that stays moves less.
    /// </summary>
    public string NodeName => Node ?? $"{Environment.MachineName.ToLowerInvariant()}-{Rendezvous.Hash(Path.GetFullPath(Data)) & 0xFFFF:x4}";

    /// <summary>The name in greetings, trace headers and message ids.</summary>
    public string Hostname { get; init; } = "localhost";

    public ListenOptions Listen { get; init; } = new();

    public TlsOptions? Tls { get; init; }

    /// <summary>Empty: any name and password is taken, which is allowed on loopback only.</summary>
    public IReadOnlyList<AccountOptions> Accounts { get; init; } = [];

    public IReadOnlyDictionary<QueueName, QueuePolicy> Queues { get; init; } = new Dictionary<QueueName, QueuePolicy>();

    /// <summary>Which queue a recipient's mail goes to, in the order written; empty: the queue named after the local part.</summary>
    public IReadOnlyList<AddressRule> Addresses { get; init; } = [];

    /// <summary>The pipeline as written; null is the built-in one.</summary>
    public ConfigNode.Map? Pipeline { get; init; }

    public OutgoingOptions Outgoing { get; init; } = new();

    public SmtpOptions Smtp { get; init; } = new();

    public Pop3Options Pop3 { get; init; } = new();

    public ImapOptions Imap { get; init; } = new();

    public TimelineOptions Timeline { get; init; } = new();

    public LogOptions Log { get; init; } = new();

    /// <summary>What stands in queues' URLs and ARNs.</summary>
    public AwsOptions Aws { get; init; } = new();

    /// <summary>Queues and topics whose messages are posted to URLs; others may be made at run time.</summary>
    public IReadOnlyList<WebhookOptions> Webhooks { get; init; } = [];
}

using System.Net.Security;
using Microsoft.Extensions.Logging;
using Posthorn.Engine;
using Posthorn.Messages;
using Posthorn.Protocols.Sasl;
using Posthorn.Queues;
using Posthorn.Server.Deliver.Mailboxes;
using Posthorn.Server.Operate.Accounts;
using Posthorn.Server.Operate.Configuration;
using Posthorn.Server.Operate.Timeline;
using Posthorn.Server.Retrieve.Imap.Mailboxes;
using Posthorn.Server.Retrieve.Imap.Messages;
using Posthorn.Server.Retrieve.Imap.Views;
using Posthorn.Server.Retrieve.Mailboxes;

namespace Posthorn.Server.Retrieve.Imap;

/// <summary>What all sessions share.</summary>
internal sealed record ImapContext
{
    public required PosthornOptions Server { get; init; }

    public ImapOptions Options => Server.Imap;

    public required IEngine Engine { get; init; }

    public required MailboxAccess Access { get; init; }

    public required MailboxViews Views { get; init; }

    public required MailboxNotes Notes { get; init; }

    public required MessageStructures Structures { get; init; }

    public required MailboxQuota Quota { get; init; }

    public required IAccounts Accounts { get; init; }

    public required ISaslAccounts Sasl { get; init; }

    public required AccountSessions Sessions { get; init; }

    /// <summary>Whether SCRAM can be offered: it needs passwords that are known.</summary>
    public required bool HasScram { get; init; }

    /// <summary>The certificate and all else of TLS, asked for at each handshake; null, or returning null: no TLS.</summary>
    public required Func<SslServerAuthenticationOptions?>? Tls { get; init; }

    public required ITimeline Timeline { get; init; }

    public required ImapMetrics Metrics { get; init; }

    public required TimeProvider Time { get; init; }

    public required ILogger Logger { get; init; }

    /// <summary>Tells the timeline what a client did with a message.</summary>
    public void Record(TimelineKind kind, MessageId message, MessageId origin, QueueName queue, string detail) =>
        Timeline.Record(new TimelineEvent(kind, message, origin, queue, detail) { IsOfProgram = true });
}

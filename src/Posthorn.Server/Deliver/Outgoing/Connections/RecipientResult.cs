using Posthorn.Messages;
using Posthorn.Protocols.Smtp;

namespace Posthorn.Server.Deliver.Outgoing.Connections;

/// <summary>The end of one attempt for one recipient.</summary>
/// <param name="Recipient">The recipient.</param>
/// <param name="Outcome">What became of it.</param>
/// <param name="Reply">The exact reply, or ours that says what happened.</param>
/// <param name="Host">The host whose reply it is; null when it is ours.</param>
/// <param name="Peer">The host concerned, with its address, as the timeline tells it; null for none.</param>
public sealed record RecipientResult(Recipient Recipient, RecipientOutcome Outcome, SmtpReply Reply, string? Host, string? Peer)
{
    /// <summary>Delivered to a host that does not know of delivery status notifications: who asked for one on success is told by us (RFC 3461 5.2.2).</summary>
    public bool IsRelayedWithoutDsn { get; init; }

    /// <summary>Not taken because this host can't keep what the mail asks for: another exchanger of the domain may be able to.</summary>
    public bool IsOfThisHost { get; init; }

    /// <summary>Of one that was not tried: how long to leave it alone.</summary>
    public TimeSpan WaitFor { get; init; }

    /// <summary>Not taken because the server had enough recipients for one mail: it can be sent another one at once.</summary>
    public bool WasTooMany { get; init; }

    /// <summary>The result of one that was not tried and is to be left alone for a time.</summary>
    public static RecipientResult NotTried(Recipient recipient, TimeSpan waitFor) =>
        new(recipient, RecipientOutcome.Untried, new SmtpReply(450, new EnhancedStatusCode(4, 3, 2), "not tried"), null, null) { WaitFor = waitFor };
}

using Posthorn.Messages;

namespace Posthorn.Server.Deliver.Outgoing;

/// <summary>Writes delivery status notifications (RFC 3464) for whoever decides that one is due: the dispatcher, the pipeline, an administrator.</summary>
public interface IBounceWriter
{
    /// <summary>
    /// The notification to the sender of <paramref name="mail"/>, ready to be added to <see cref="Spool.SpoolQueues.Root"/> in the caller's commit;
    /// null when none may be sent: the sender is null, or none of the recipients wants to hear of it (NOTIFY).
    /// </summary>
    ValueTask<NewMessage?> WriteAsync(Message mail, IReadOnlyList<FailedRecipient> recipients, DsnAction action, CancellationToken cancellationToken);
}

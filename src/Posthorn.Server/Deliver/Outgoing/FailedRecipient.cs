using Posthorn.Messages;
using Posthorn.Protocols.Smtp;

namespace Posthorn.Server.Deliver.Outgoing;

/// <summary>A recipient of whom the sender is to be told, and what the other side said.</summary>
/// <param name="Recipient">The recipient.</param>
/// <param name="Reply">The reply, the remote's or ours.</param>
/// <param name="RemoteHost">Who gave it; null is ourselves.</param>
public sealed record FailedRecipient(Recipient Recipient, SmtpReply Reply, string? RemoteHost);

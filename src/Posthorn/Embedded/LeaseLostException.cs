using Posthorn.Messages;

namespace Posthorn.Embedded;

/// <summary>
/// A message could not be settled because its lease has ended: its time ran out, an administrator removed or moved it, or the process that
/// gave the lease was restarted. Nothing happened; the message is, or may be, in other hands.
/// </summary>
public sealed class LeaseLostException(IReadOnlyList<MessageId> messages, Exception? inner = null) : InvalidOperationException(
    $"The lease of {(messages.Count == 1 ? $"message {messages[0]}" : $"{messages.Count} messages")} has ended; nothing was committed.", inner)
{
    /// <summary>The messages whose leases have ended; at least one.</summary>
    public IReadOnlyList<MessageId> Messages { get; } = messages;
}

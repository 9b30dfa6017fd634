using Posthorn.Messages;

namespace Posthorn.Leases;

/// <summary>A message and the right to it.</summary>
/// <param name="Message">The message as it stood when it was leased; its receive count includes this lease.</param>
/// <param name="Handle">The proof of the lease.</param>
/// <param name="ExpiresAt">When the lease ends unless it is extended.</param>
public sealed record LeasedMessage(Message Message, ReceiptHandle Handle, DateTimeOffset ExpiresAt)
{
    /// <summary>Its stay in the delayed lane of a fair queue, which this lease ends; null when it was in the priority lane.</summary>
    public DelayedStay? DelayedStay { get; init; }
}

namespace Posthorn.Protocols.Imap.Sorting;

/// <summary>What threading needs of a message.</summary>
internal sealed record ThreadedMessage(uint Number, uint Order, long SentAt, BaseSubject Subject, string? MessageId, IReadOnlyList<string> References)
    : IComparable<ThreadedMessage>
{
    /// <summary>By when they were sent, then by their place in the mailbox (RFC 5256 2.2).</summary>
    public int CompareTo(ThreadedMessage? other) =>
        other is null ? 1 : SentAt != other.SentAt ? SentAt.CompareTo(other.SentAt) : Order.CompareTo(other.Order);
}

using Posthorn.Leases;

namespace Posthorn.Messages;

/// <summary>Which message an operation means: the one a lease proves the right to, or one by its id, leased or not (an administrator's hand).</summary>
public readonly record struct MessageReference
{
    /// <summary>One more than <see cref="UnchangedSince"/>; 0 is none. A reference is part of every operation, and a nullable number takes twice the room.</summary>
    private readonly long _changedFrom;

    private MessageReference(MessageId id, ReceiptHandle? lease, long changedFrom = 0) => (Id, Lease, _changedFrom) = (id, lease, changedFrom);

    /// <summary>The message.</summary>
    public MessageId Id { get; }

    /// <summary>The lease that proves the right; null when the message is named by its id.</summary>
    public ReceiptHandle? Lease { get; }

    /// <summary>
    /// The operation is refused (<see cref="Commits.ConflictReason.MessageChanged"/>) when the message's <see cref="Message.ModSeq"/> is above this before
    /// the commit; null asks for nothing of the kind.
    /// </summary>
    public long? UnchangedSince => _changedFrom == 0 ? null : _changedFrom - 1;

    /// <summary>The message by id; see the conversion.</summary>
    public static MessageReference Of(MessageId id) => id;

    /// <summary>The message of a lease; see the conversion.</summary>
    public static MessageReference Of(ReceiptHandle handle) => handle;

    /// <summary>The same message, provided that no commit has added, changed or moved it since <paramref name="modSeq"/>; see <see cref="UnchangedSince"/>.</summary>
    /// <param name="modSeq">0 or more.</param>
    public MessageReference IfUnchangedSince(long modSeq)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(modSeq);
        ArgumentOutOfRangeException.ThrowIfEqual(modSeq, long.MaxValue);
        return new MessageReference(Id, Lease, modSeq + 1);
    }

    /// <summary>The message of a lease: the operation succeeds only while the lease lasts.</summary>
    public static implicit operator MessageReference(ReceiptHandle handle) => new(handle.Message, handle);

    /// <summary>The message of a lease: the operation succeeds only while the lease lasts.</summary>
    public static implicit operator MessageReference(LeasedMessage leased) => leased.Handle;

    /// <summary>The message by id. A lease on it ends, and its holder's later operations fail.</summary>
    public static implicit operator MessageReference(MessageId id) => new(id, null);
}

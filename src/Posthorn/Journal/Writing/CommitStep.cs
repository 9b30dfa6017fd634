using Posthorn.Journal.Format;
using Posthorn.Journal.Index;
using Posthorn.Journal.Segments;
using Posthorn.Journal.Storage;
using Posthorn.Leases;
using Posthorn.Queues;

namespace Posthorn.Journal.Writing;

/// <summary>What one operation of a commit needs from the index when it is submitted.</summary>
internal sealed class CommitStep(OperationKind kind, int operation)
{
    public OperationKind Kind { get; } = kind;

    /// <summary>Its index in the caller's commit; several that concern one message are one step, named by the first.</summary>
    public int Operation { get; } = operation;

    /// <summary>Where it begins in the encoded operations.</summary>
    public int At { get; set; }

    /// <summary>Where its body begins among the bodies of the record, when it rides there.</summary>
    public int? BodyOffset { get; set; }

    /// <summary>The message, for one that exists.</summary>
    public ulong Message { get; init; }

    public ReceiptHandle? Lease { get; set; }

    /// <summary>It is done only when the message's number of change is not above this.</summary>
    public long UnchangedSince { get; init; } = long.MaxValue;

    /// <summary>The record from which the message's fields were read: another one by now means reading again.</summary>
    public LogPosition ReadFrom { get; set; }

    /// <summary>The queue to which it goes, or with which it deals.</summary>
    public QueueName Queue { get; set; }

    /// <summary>The policy that the queue gets; null leaves one that exists as it is.</summary>
    public QueuePolicy? Policy { get; init; }

    /// <summary>The policy of a queue that is made because it is missing; null is the default.</summary>
    public QueuePolicy? PolicyWhenMade { get; init; }

    /// <summary>The queue must be there, or be made by the same commit.</summary>
    public bool NeedsQueue { get; init; }

    /// <summary>The queue is removed only when it holds nothing.</summary>
    public bool IsOnlyWhenEmpty { get; init; }

    /// <summary>A change that gives it a new place in a queue.</summary>
    public bool Moves { get; set; }

    public bool EndsLease { get; set; }

    /// <summary>A removal for good, whatever the queue keeps.</summary>
    public bool IsFinal { get; init; }

    /// <summary>A removal from a queue that keeps what was consumed.</summary>
    public bool Consumes { get; init; }

    /// <summary>A consumed message that is made ready again.</summary>
    public bool Replays { get; init; }

    /// <summary>An add without a due time of its own: now plus the queue's delay.</summary>
    public bool IsDueByPolicy { get; init; }

    /// <summary>An add that is an origin of its own.</summary>
    public bool IsOrigin { get; init; }

    public bool HasAcceptedAt { get; init; }

    /// <summary>An add's place among the adds of its commit.</summary>
    public int AddIndex { get; init; }

    /// <summary>An add's deduplication id, and where its operation begins; null when it has none.</summary>
    public string? DeduplicationId { get; init; }

    public string? Group { get; init; }

    public int DeduplicationAt { get; set; }

    /// <summary>The attribute that makes the group of a message that comes into the queue without one, as it was encoded; null for none.</summary>
    public string? TenantAttribute { get; set; }

    /// <summary>Whether the commit itself decides on that attribute: it makes, changes or removes the queue before.</summary>
    public bool DecidesTenant { get; set; }

    /// <summary>Bytes of content.</summary>
    public long Length { get; set; }

    /// <summary>A body that exists already and gets one reference more.</summary>
    public LogPosition Retained { get; set; }

    /// <summary>The message through which that body was reached: its owner as long as it is not shared.</summary>
    public ulong RetainedFrom { get; set; }

    /// <summary>New files of bodies that this add is the first to name.</summary>
    public List<StoredBody>? Files { get; set; }

    /// <summary>Whether the message's receive count stays what it is when the commit is submitted.</summary>
    public bool KeepsReceiveCount { get; set; }

    // From here on set under the lock, when the commit is submitted.

    public int Slot { get; set; }

    /// <summary>The queue that gets a message or is made; null when nothing comes to any.</summary>
    public QueueState? To { get; set; }

    /// <summary>The queue that loses a message or is removed.</summary>
    public QueueState? From { get; set; }

    /// <summary>Bytes of content that <see cref="From"/> loses.</summary>
    public long FromLength { get; set; }
}

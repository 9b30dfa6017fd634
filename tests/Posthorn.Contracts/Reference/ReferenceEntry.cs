using Posthorn.Bodies;
using Posthorn.Messages;
using Posthorn.Queues;

namespace Posthorn.Contracts.Reference;

/// <summary>A message as the reference knows it; changed by making another.</summary>
internal sealed record ReferenceEntry
{
    public required MessageId Id { get; init; }

    public required MessageId Origin { get; init; }

    public required QueueName Queue { get; init; }

    public required long Number { get; init; }

    public string? Group { get; init; }

    public string? DeduplicationId { get; init; }

    /// <summary>The number of the commit that added, changed or moved it last.</summary>
    public long ModSeq { get; init; }

    public Priority Priority { get; init; }

    public required DateTimeOffset AcceptedAt { get; init; }

    public required DateTimeOffset EnqueuedAt { get; init; }

    /// <summary>When it is due; of a consumed one, when it was consumed.</summary>
    public required DateTimeOffset DueAt { get; init; }

    /// <summary>Whether it was due when it was written, or was handed out since: then it stays so, should the wall clock be set back.</summary>
    public bool WasDue { get; init; }

    public int ReceiveCount { get; init; }

    public required Envelope Envelope { get; init; }

    public required IReadOnlyDictionary<string, AttributeValue> Attributes { get; init; }

    public required IReadOnlyList<string> Flags { get; init; }

    public string? LastError { get; init; }

    public required Content Content { get; init; }

    public bool IsHeld { get; init; }

    public bool IsConsumed { get; init; }

    /// <summary>The end of its lease on the clock that nobody sets; null when nobody holds it.</summary>
    public long? LeasedUntil { get; init; }

    public ulong Token { get; init; }

    public MessageState State(DateTimeOffset now) =>
        IsConsumed ? MessageState.Consumed
        : LeasedUntil is not null ? MessageState.Leased
        : IsHeld ? MessageState.Held
        : DueAt > now && !WasDue ? MessageState.Delayed
        : MessageState.Ready;

    public Message Snapshot(DateTimeOffset now) => new()
    {
        Id = Id,
        Origin = Origin,
        Queue = Queue,
        Number = Number,
        Group = Group,
        DeduplicationId = DeduplicationId,
        ModSeq = ModSeq,
        State = State(now),
        Priority = Priority,
        AcceptedAt = AcceptedAt,
        EnqueuedAt = EnqueuedAt,
        DueAt = DueAt,
        ReceiveCount = ReceiveCount,
        Envelope = Envelope,
        Attributes = Attributes,
        Flags = Flags,
        LastError = LastError,
        Content = Content,
    };

    public MessageSummary Summary(DateTimeOffset now) => new(Number, Id, State(now), ModSeq, Content.Length, EnqueuedAt, Flags, ReceiveCount);
}

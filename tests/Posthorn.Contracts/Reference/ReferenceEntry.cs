using Posthorn.Bodies;
using Posthorn.Messages;
using Posthorn.Queues;

namespace Posthorn.Contracts.Reference;

internal sealed class ReferenceEntry
{
    public required MessageId Id { get; init; }

    public required MessageId Origin { get; init; }

    public required QueueName Queue { get; set; }

    public required long Number { get; set; }

    public string? Group { get; set; }

    public Priority Priority { get; set; }

    public required DateTimeOffset AcceptedAt { get; init; }

    public required DateTimeOffset EnqueuedAt { get; set; }

    public required DateTimeOffset DueAt { get; set; }

    public int ReceiveCount { get; set; }

    public required Envelope Envelope { get; set; }

    public required Dictionary<string, AttributeValue> Attributes { get; init; }

    public required IReadOnlyList<string> Flags { get; set; }

    public string? LastError { get; set; }

    public required Content Content { get; set; }

    public bool IsHeld { get; set; }

    public DateTimeOffset? LeasedUntil { get; set; }

    public ulong Token { get; set; }

    public bool IsReady(DateTimeOffset now) => State(now) == MessageState.Ready;

    public MessageState State(DateTimeOffset now) =>
        LeasedUntil > now ? MessageState.Leased
        : IsHeld ? MessageState.Held
        : DueAt > now ? MessageState.Delayed
        : MessageState.Ready;

    public Message Snapshot(DateTimeOffset now) => new()
    {
        Id = Id,
        Origin = Origin,
        Queue = Queue,
        Number = Number,
        Group = Group,
        State = State(now),
        Priority = Priority,
        AcceptedAt = AcceptedAt,
        EnqueuedAt = EnqueuedAt,
        DueAt = DueAt,
        ReceiveCount = ReceiveCount,
        Envelope = Envelope,
        Attributes = new Dictionary<string, AttributeValue>(Attributes, StringComparer.Ordinal),
        Flags = Flags,
        LastError = LastError,
        Content = Content,
    };
}

using Posthorn.Messages;

namespace Posthorn.PostgreSql.Rows;

/// <summary>A message as the tables have it, to be decided on; changed by making another. Times are ticks.</summary>
internal sealed record Entry
{
    public required ulong Id { get; init; }

    public required long QueueId { get; init; }

    public long Number { get; init; }

    public long ModSeq { get; init; }

    public long AcceptedAt { get; init; }

    public long EnqueuedAt { get; init; }

    /// <summary>When it is due; of a consumed one, when it was consumed.</summary>
    public long DueAt { get; init; }

    /// <summary>Whether its due time had come when it was written, or it was handed out since: then it stays so, should the wall clock be set back.</summary>
    public bool IsDue { get; init; }

    /// <summary>The end of its lease on the steady clock; null when nobody holds it.</summary>
    public long? LeasedUntil { get; init; }

    public ulong Token { get; init; }

    /// <summary>The node that gave the lease.</summary>
    public long LeasedBy { get; init; }

    public int ReceiveCount { get; init; }

    public Priority Priority { get; init; }

    public bool IsHeld { get; init; }

    public bool IsConsumed { get; init; }

    /// <summary>Empty for none.</summary>
    public string Group { get; init; } = "";

    public required MessageData Data { get; init; }

    /// <summary>The state at a moment of the wall clock, its lease taken as it is written.</summary>
    public MessageState State(long now) =>
        IsConsumed ? MessageState.Consumed
        : LeasedUntil is not null ? MessageState.Leased
        : IsHeld ? MessageState.Held
        : DueAt > now && !IsDue ? MessageState.Delayed
        : MessageState.Ready;
}

using Posthorn.Queues;

namespace Posthorn.PostgreSql.Rows;

/// <summary>A queue as the table has it; changed by making another.</summary>
internal sealed record QueueRow
{
    public required long Id { get; init; }

    public required QueueName Name { get; init; }

    public required QueuePolicy Policy { get; init; }

    /// <summary>The mod-seq of the commit that set the policy: whoever remembers the policy knows by it whether it still holds.</summary>
    public long PolicyVersion { get; init; }

    public long NextNumber { get; init; } = 1;

    public long HighestModSeq { get; init; }

    public long Messages { get; init; }

    public long Bytes { get; init; }

    public long Consumed { get; init; }

    public long ConsumedBytes { get; init; }

    public bool IsDeleted { get; init; }

    /// <summary>What was received so often is a dead letter; <see cref="int.MaxValue"/> when nothing is.</summary>
    public int ReceivesMax => Policy is { ReceivesMax: { } max, DeadLetterQueue: not null } ? max : int.MaxValue;

    /// <summary>Whether a lease of it needs the queue's lock, for it depends on more than the row it takes.</summary>
    public bool IsSerial => Policy.IsFifo || Policy.Fairness is not null || Policy.LeasesMax is not null;

    /// <summary>Whether more is kept of what was consumed than may be.</summary>
    public bool KeepsTooMuch =>
        Consumed > 0 && (Policy.KeepConsumed is null || Consumed > Policy.MessagesMax || ConsumedBytes > Policy.BytesMax);
}

using Posthorn.Queues;

namespace Posthorn.Journal.Format;

/// <summary>A queue as an operation: identity, next number, name, policy.</summary>
internal static class QueueCodec
{
    private const byte Paused = 1;
    private const byte Fifo = 2;
    private const byte GroupScope = 4;
    private const long None = -1;

    public static int Write(ByteWriter writer, long identity, QueueName name, QueuePolicy policy, long nextNumber)
    {
        var start = Operation.Begin(writer, OperationKind.Queue);
        writer.Int64(identity);
        writer.Int64(nextNumber);
        writer.Text(name.Value);
        writer.Int64(policy.VisibilityTimeout.Ticks);
        writer.Int64(policy.Delay.Ticks);
        writer.Int64(policy.Retention?.Ticks ?? None);
        writer.Int64(policy.ReceivesMax ?? None);
        writer.Text(policy.DeadLetterQueue?.Value);
        writer.Int64(policy.MessageBytesMax ?? None);
        writer.Int64(policy.BytesMax ?? None);
        writer.Int64(policy.MessagesMax ?? None);
        writer.Byte((byte)((policy.IsPaused ? Paused : 0) | (policy.IsFifo ? Fifo : 0)
            | (policy.DeduplicationScope == DeduplicationScope.Group ? GroupScope : 0)));
        writer.Int64(policy.DeduplicationWindow.Ticks);
        writer.Int64(policy.LeasesMax ?? None);
        writer.Int64(policy.KeepConsumed?.Ticks ?? None);
        if (policy.Fairness is { } fairness)
            writer.Text(fairness.ToString());
        Operation.End(writer, start);
        return start;
    }

    public static (QueueName Name, QueuePolicy Policy, long NextNumber) Read(ReadOnlySpan<byte> operation)
    {
        var reader = new ByteReader(operation[(Operation.IdAt + 8)..]);
        var nextNumber = reader.Int64();
        var name = QueueName.Parse(reader.Text()!);
        var policy = new QueuePolicy
        {
            VisibilityTimeout = new TimeSpan(reader.Int64()),
            Delay = new TimeSpan(reader.Int64()),
            Retention = Optional(reader.Int64()) is { } retention ? new TimeSpan(retention) : null,
            ReceivesMax = (int?)Optional(reader.Int64()),
            DeadLetterQueue = reader.Text() is { } deadLetters ? QueueName.Parse(deadLetters) : null,
            MessageBytesMax = Optional(reader.Int64()),
            BytesMax = Optional(reader.Int64()),
            MessagesMax = Optional(reader.Int64()),
        };
        var flags = reader.Byte();
        policy = policy with
        {
            IsPaused = (flags & Paused) != 0,
            IsFifo = (flags & Fifo) != 0,
            DeduplicationScope = (flags & GroupScope) != 0 ? DeduplicationScope.Group : DeduplicationScope.Queue,
        };
        // Version 1 ends here, but for zeros up to the next multiple of eight.
        if (reader.Remaining >= sizeof(long))
        {
            policy = policy with
            {
                DeduplicationWindow = new TimeSpan(reader.Int64()),
                LeasesMax = (int?)Optional(reader.Int64()),
                KeepConsumed = Optional(reader.Int64()) is { } kept ? new TimeSpan(kept) : null,
                Fairness = FairnessOf(reader.IsAtEnd ? null : reader.Text()),
            };
        }
        return (name, policy, nextNumber);
    }

    // What does not read is of a later version, which would have told so; a queue is rather unfair than lost.
    private static QueueFairness? FairnessOf(string? text) => QueueFairness.TryParse(text, out var fairness) ? fairness : null;

    private static long? Optional(long value) => value == None ? null : value;
}

using Posthorn.Commits;
using Posthorn.Messages;

namespace Posthorn.Journal.Format;

/// <summary>
/// An idempotency key as an operation: when it was committed, and what the commit added; a number below zero is a duplicate's. Behind the key stands
/// how many messages the commit moved, when it did, and at the operation's end those messages.
/// </summary>
internal static class KeyCodec
{
    private const int MessageLength = 16;

    /// <summary>Writes one; when it was committed and what it added is filled in by <see cref="Set"/>.</summary>
    public static int Write(ByteWriter writer, string key, int addsCount, int movesCount)
    {
        var start = Operation.Begin(writer, OperationKind.Key, addsCount);
        writer.Take(sizeof(long) + (addsCount * MessageLength));
        writer.Text(key);
        if (movesCount > 0)
        {
            writer.Count(movesCount);
            writer.AlignTo8();
            writer.Take(movesCount * MessageLength);
        }
        Operation.End(writer, start);
        return start;
    }

    /// <summary>Fills in what is known when the commit is submitted.</summary>
    public static void Set(Span<byte> operation, long committedAt, ReadOnlySpan<AddedMessage> added, ReadOnlySpan<AddedMessage> moved)
    {
        MessageLayout.Set(operation, Operation.HeaderLength, committedAt);
        SetMessages(operation[(Operation.HeaderLength + sizeof(long))..], added);
        var length = Operation.Length(operation);
        SetMessages(operation[(length - (moved.Length * MessageLength))..length], moved);
    }

    /// <summary>Until when a key is remembered whose commit happened then; both in ticks of UTC.</summary>
    public static long EndOf(long committedAt) => committedAt + CommitLimits.KeyLife.Ticks;

    public static (string Key, long CommittedAt, AddedMessage[] Added, AddedMessage[] Moved) Read(ReadOnlySpan<byte> operation)
    {
        var reader = new ByteReader(Operation.Rest(operation));
        var committedAt = reader.Int64();
        var added = ReadMessages(reader.Take(Operation.Count(operation) * MessageLength));
        var key = reader.Text()!;
        var moves = reader.IsAtEnd ? 0 : reader.Count(); // zeros up to a multiple of eight when it moved nothing
        var length = Operation.Length(operation);
        return (key, committedAt, added, ReadMessages(operation[(length - (moves * MessageLength))..length]));
    }

    private static void SetMessages(Span<byte> target, ReadOnlySpan<AddedMessage> messages)
    {
        for (var i = 0; i < messages.Length; i++)
        {
            MessageLayout.Set(target, i * MessageLength, (long)messages[i].Id.Value);
            MessageLayout.Set(target, (i * MessageLength) + 8, messages[i].IsDuplicate ? -messages[i].Number : messages[i].Number);
        }
    }

    private static AddedMessage[] ReadMessages(ReadOnlySpan<byte> source)
    {
        var messages = source.IsEmpty ? [] : new AddedMessage[source.Length / MessageLength];
        var reader = new ByteReader(source);
        for (var i = 0; i < messages.Length; i++)
        {
            var (id, number) = (new MessageId((ulong)reader.Int64()), reader.Int64());
            messages[i] = new AddedMessage(id, Math.Abs(number)) { IsDuplicate = number < 0 };
        }
        return messages;
    }
}

using Posthorn.Commits;
using Posthorn.Messages;

namespace Posthorn.Journal.Format;

/// <summary>An idempotency key as an operation: when it was committed, and what the commit added; a number below zero is a duplicate's.</summary>
internal static class KeyCodec
{
    private const int MessageLength = 16;

    /// <summary>Writes one; when it was committed and what it added is filled in by <see cref="SetAdded"/>.</summary>
    public static int Write(ByteWriter writer, string key, int addsCount)
    {
        var start = Operation.Begin(writer, OperationKind.Key, addsCount);
        writer.Take(sizeof(long) + (addsCount * MessageLength));
        writer.Text(key);
        Operation.End(writer, start);
        return start;
    }

    public static void SetAdded(Span<byte> operation, long committedAt, ReadOnlySpan<AddedMessage> added)
    {
        MessageLayout.Set(operation, Operation.HeaderLength, committedAt);
        for (var i = 0; i < added.Length; i++)
        {
            var at = Operation.HeaderLength + sizeof(long) + (i * MessageLength);
            MessageLayout.Set(operation, at, (long)added[i].Id.Value);
            MessageLayout.Set(operation, at + 8, added[i].IsDuplicate ? -added[i].Number : added[i].Number);
        }
    }

    public static (string Key, long CommittedAt, AddedMessage[] Added) Read(ReadOnlySpan<byte> operation)
    {
        var reader = new ByteReader(Operation.Rest(operation));
        var committedAt = reader.Int64();
        var added = new AddedMessage[Operation.Count(operation)];
        for (var i = 0; i < added.Length; i++)
        {
            var (id, number) = (new MessageId((ulong)reader.Int64()), reader.Int64());
            added[i] = new AddedMessage(id, Math.Abs(number)) { IsDuplicate = number < 0 };
        }
        return (reader.Text()!, committedAt, added);
    }
}

using Posthorn.Commits;
using Posthorn.Messages;

namespace Posthorn.Journal.Format;

/// <summary>An idempotency key as an operation: when it was committed, and what the commit added.</summary>
internal static class KeyCodec
{
    /// <summary>Writes one; of a commit that is not submitted yet the messages are filled in by <see cref="SetAdded"/>.</summary>
    public static int Write(ByteWriter writer, string key, long committedAt, ReadOnlySpan<AddedMessage> added)
    {
        var start = Operation.Begin(writer, OperationKind.Key, added.Length);
        writer.Int64(committedAt);
        foreach (var message in added)
        {
            writer.Int64((long)message.Id.Value);
            writer.Int64(message.Number);
        }
        writer.Text(key);
        Operation.End(writer, start);
        return start;
    }

    public static void SetAdded(Span<byte> operation, long committedAt, ReadOnlySpan<AddedMessage> added)
    {
        MessageLayout.Set(operation, Operation.HeaderLength, committedAt);
        for (var i = 0; i < added.Length; i++)
        {
            var at = Operation.HeaderLength + 8 + (i * 16);
            MessageLayout.Set(operation, at, (long)added[i].Id.Value);
            MessageLayout.Set(operation, at + 8, added[i].Number);
        }
    }

    public static (string Key, long CommittedAt, AddedMessage[] Added) Read(ReadOnlySpan<byte> operation)
    {
        var reader = new ByteReader(Operation.Rest(operation));
        var committedAt = reader.Int64();
        var added = new AddedMessage[Operation.Count(operation)];
        for (var i = 0; i < added.Length; i++)
            added[i] = new AddedMessage(new MessageId((ulong)reader.Int64()), reader.Int64());
        return (reader.Text()!, committedAt, added);
    }
}

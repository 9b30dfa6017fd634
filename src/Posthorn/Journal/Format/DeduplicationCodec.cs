using Posthorn.Commits;
using Posthorn.Journal.Index;
using Posthorn.Messages;

namespace Posthorn.Journal.Format;

/// <summary>A deduplication id as an operation: queue, scope, until when, and the message that had it first.</summary>
internal static class DeduplicationCodec
{
    private const int ScopeAt = Operation.CountAt;
    private const int EndsAt = 16;
    private const int QueueAt = 24;
    private const int MessageAt = 32;
    private const int NumberAt = 40;
    private const int TextsAt = 48;
    private const int GroupScope = 1;

    /// <summary>Writes one; what is given out when its commit is submitted is filled in by <see cref="Set"/>.</summary>
    public static int Write(ByteWriter writer, string? group, string id)
    {
        var start = Operation.Begin(writer, OperationKind.Deduplication);
        writer.Take(TextsAt - Operation.HeaderLength);
        writer.Text(group ?? "");
        writer.Text(id);
        Operation.End(writer, start);
        return start;
    }

    public static void Set(Span<byte> operation, long queue, bool isByGroup, long endsAt, AddedMessage first)
    {
        MessageLayout.Set(operation, ScopeAt, isByGroup ? GroupScope : 0);
        MessageLayout.Set(operation, EndsAt, endsAt);
        MessageLayout.Set(operation, QueueAt, queue);
        MessageLayout.Set(operation, MessageAt, (long)first.Id.Value);
        MessageLayout.Set(operation, NumberAt, first.Number);
    }

    public static (KeyName Name, long EndsAt, AddedMessage First) Read(ReadOnlySpan<byte> operation)
    {
        var reader = new ByteReader(operation[TextsAt..]);
        var group = reader.Text()!;
        var id = reader.Text()!;
        var name = new KeyName(MessageLayout.Int64(operation, QueueAt), Operation.Count(operation) == GroupScope ? group : "", id);
        var first = new AddedMessage(new MessageId(MessageLayout.UInt64(operation, MessageAt)), MessageLayout.Int64(operation, NumberAt));
        return (name, MessageLayout.Int64(operation, EndsAt), first);
    }
}

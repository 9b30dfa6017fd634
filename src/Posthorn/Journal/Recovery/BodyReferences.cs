using Posthorn.Journal.Format;
using Posthorn.Journal.Segments;

namespace Posthorn.Journal.Recovery;

/// <summary>Gathers, record by record from the oldest on, which bodies that are files are named at all, and which of them messages have that live at the end.</summary>
internal sealed class BodyReferences
{
    private readonly Dictionary<LogPosition, long> _named = [];
    private readonly Dictionary<ulong, (LogPosition Body, long Queue)> _living = [];
    private readonly HashSet<long> _removedQueues = [];

    /// <summary>Every body that a record names, with its length.</summary>
    public IReadOnlyDictionary<LogPosition, long> Named => _named;

    /// <summary>The bodies that living messages have, each with one of them.</summary>
    public Dictionary<LogPosition, ulong> Living()
    {
        var living = new Dictionary<LogPosition, ulong>();
        foreach (var (message, (body, _)) in _living)
            living.TryAdd(body, message);
        return living;
    }

    /// <summary>Takes the record just read.</summary>
    public void Note(SegmentReader reader)
    {
        var operations = reader.Operations.Span;
        if (reader.Record.Type == RecordType.State)
            NoteState(operations);
        for (; !operations.IsEmpty; operations = operations[Operation.Length(operations)..])
        {
            switch (Operation.Kind(operations))
            {
                case OperationKind.Add or OperationKind.Put:
                    NoteMessage(operations);
                    break;
                case OperationKind.Remove:
                    _living.Remove(Operation.Id(operations));
                    break;
                case OperationKind.RemoveQueue:
                    var queue = (long)Operation.Id(operations);
                    _removedQueues.Add(queue);
                    Forget(identity => identity == queue);
                    break;
            }
        }
    }

    private void NoteMessage(ReadOnlySpan<byte> operation)
    {
        var id = Operation.Id(operation);
        _living.Remove(id);
        if ((BodyPlace)operation[MessageLayout.BodyPlaceAt] != BodyPlace.Key)
            return;
        var body = MessageCodec.BodyKey(operation, default);
        if (!body.IsFile)
            return;
        _named[body] = MessageLayout.Int64(operation, MessageLayout.BodyLengthAt);
        var queue = MessageLayout.Int64(operation, MessageLayout.QueueAt);
        if (!_removedQueues.Contains(queue)) // written again while its queue was removed
            _living[id] = (body, queue);
    }

    private void NoteState(ReadOnlySpan<byte> operations)
    {
        var queues = new HashSet<long>();
        for (; !operations.IsEmpty; operations = operations[Operation.Length(operations)..])
        {
            if (Operation.Kind(operations) == OperationKind.Queue)
                queues.Add((long)Operation.Id(operations));
        }
        Forget(identity => !queues.Contains(identity));
    }

    private void Forget(Func<long, bool> isGone)
    {
        foreach (var (id, _) in _living.Where(message => isGone(message.Value.Queue)).ToList())
            _living.Remove(id);
    }
}

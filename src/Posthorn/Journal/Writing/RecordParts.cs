using Posthorn.Journal.Format;
using Posthorn.Journal.Recovery;
using Posthorn.Journal.Segments;

namespace Posthorn.Journal.Writing;

/// <summary>Takes a record apart into what can be needed on its own: messages, bodies, ends of messages, receive counts, keys.</summary>
internal sealed class RecordParts
{
    private readonly List<RecordPart> _parts = [];

    // Bodies by the place of their header: whose they are is told by the operations.
    private readonly Dictionary<long, (LogPosition Key, ulong Owner)> _owners = [];

    /// <summary>The parts of the record just read, until the next one.</summary>
    public List<RecordPart> Of(SegmentReader reader, uint segment)
    {
        _parts.Clear();
        _owners.Clear();
        if (reader.Record.Type != RecordType.Operations)
            return _parts;
        var operations = reader.Operations;
        var at = (uint)(reader.RecordOffset + RecordHeader.Length);
        while (!operations.IsEmpty)
        {
            var length = Operation.Length(operations.Span);
            var operation = operations[..length];
            var position = new LogPosition(segment, at);
            switch (Operation.Kind(operation.Span))
            {
                case OperationKind.Add or OperationKind.Put:
                    _parts.Add(new RecordPart(OperationKind.Put, position, operation, position, Operation.Id(operation.Span))
                    {
                        ModSeq = MessageLayout.ModSeq(operation.Span, (long)reader.Record.Number),
                    });
                    if ((BodyPlace)operation.Span[MessageLayout.BodyPlaceAt] == BodyPlace.Here && MessageCodec.BodyKey(operation.Span, position) is var key)
                        _owners.TryAdd(key.Value, (key, Operation.Id(operation.Span)));
                    break;
                case OperationKind.Remove or OperationKind.ReceiveCount:
                    _parts.Add(new RecordPart(Operation.Kind(operation.Span), position, operation, position, Operation.Id(operation.Span)));
                    break;
                case OperationKind.Key or OperationKind.Deduplication:
                    _parts.Add(new RecordPart(Operation.Kind(operation.Span), position, operation, position, 0));
                    break;
                case OperationKind.Body:
                    var place = position.Value + MessageLayout.Int64(operation.Span, BodyCodec.DistanceAt);
                    _owners[place] = (new LogPosition((long)Operation.Id(operation.Span)), (ulong)MessageLayout.Int64(operation.Span, BodyCodec.OwnerAt));
                    break;
            }
            operations = operations[length..];
            at += (uint)length;
        }
        var bodies = reader.Bodies;
        while (!bodies.IsEmpty)
        {
            var (length, _) = BodyCodec.ReadHeader(bodies.Span);
            var place = new LogPosition(segment, at);
            if (_owners.TryGetValue(place.Value, out var owner))
                _parts.Add(new RecordPart(OperationKind.Body, place, bodies.Slice(BodyCodec.HeaderLength, length), owner.Key, owner.Owner));
            bodies = bodies[BodyCodec.Space(length)..];
            at += (uint)BodyCodec.Space(length);
        }
        return _parts;
    }
}

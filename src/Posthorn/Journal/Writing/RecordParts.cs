using Posthorn.Journal.Format;
using Posthorn.Journal.Recovery;
using Posthorn.Journal.Segments;

namespace Posthorn.Journal.Writing;

/// <summary>Takes a record apart into what can be needed on its own: messages, bodies, ends of messages, receive counts, keys.</summary>
internal static class RecordParts
{
    public static List<RecordPart> Of(SegmentReader reader, uint segment)
    {
        var parts = new List<RecordPart>();
        if (reader.Record.Type != RecordType.Operations)
            return parts;
        // Bodies by the place of their header: whose they are is told by the operations.
        var owners = new Dictionary<long, (LogPosition Key, ulong Owner)>();
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
                    parts.Add(new RecordPart(OperationKind.Put, position, operation, position, Operation.Id(operation.Span))
                    {
                        ModSeq = MessageLayout.ModSeq(operation.Span, (long)reader.Record.Number),
                    });
                    if ((BodyPlace)operation.Span[MessageLayout.BodyPlaceAt] == BodyPlace.Here && MessageCodec.BodyKey(operation.Span, position) is var key)
                        owners.TryAdd(key.Value, (key, Operation.Id(operation.Span)));
                    break;
                case OperationKind.Remove or OperationKind.ReceiveCount:
                    parts.Add(new RecordPart(Operation.Kind(operation.Span), position, operation, position, Operation.Id(operation.Span)));
                    break;
                case OperationKind.Key or OperationKind.Deduplication:
                    parts.Add(new RecordPart(Operation.Kind(operation.Span), position, operation, position, 0));
                    break;
                case OperationKind.Body:
                    var place = position.Value + MessageLayout.Int64(operation.Span, BodyCodec.DistanceAt);
                    owners[place] = (new LogPosition((long)Operation.Id(operation.Span)), (ulong)MessageLayout.Int64(operation.Span, BodyCodec.OwnerAt));
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
            if (owners.TryGetValue(place.Value, out var owner))
                parts.Add(new RecordPart(OperationKind.Body, place, bodies.Slice(BodyCodec.HeaderLength, length), owner.Key, owner.Owner));
            bodies = bodies[BodyCodec.Space(length)..];
            at += (uint)BodyCodec.Space(length);
        }
        return parts;
    }
}

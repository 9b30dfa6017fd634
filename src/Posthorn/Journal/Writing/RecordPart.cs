using Posthorn.Journal.Format;
using Posthorn.Journal.Index;
using Posthorn.Journal.Segments;

namespace Posthorn.Journal.Writing;

/// <summary>A message, a body, the end of a message, its receive count or a key in a record that is being rewritten.</summary>
/// <param name="Kind">Put, Body, Remove, ReceiveCount, Key or Deduplication.</param>
/// <param name="Place">Where it lies.</param>
/// <param name="Bytes">The operation, or the body's bytes.</param>
/// <param name="Key">The body's key.</param>
/// <param name="Message">The message, or the body's owner while it is not shared.</param>
internal readonly record struct RecordPart(OperationKind Kind, LogPosition Place, ReadOnlyMemory<byte> Bytes, LogPosition Key, ulong Message)
{
    public int Length => Bytes.Length;

    /// <summary>Of a message the number of the record that added, changed or moved it; else 0.</summary>
    public long ModSeq { get; init; }

    /// <summary>Bytes that are written when it is written again: a message's first copy names the record it was in.</summary>
    public int CopyLength => Kind == OperationKind.Put && (Bytes.Span[MessageLayout.FlagsAt] & MessageLayout.ModSeqFlag) == 0 ? Length + MessageLayout.ModSeqLength : Length;

    /// <summary>Whether anything still needs it; under the lock.</summary>
    public bool IsNeeded(MessageIndex index, Func<ulong, bool> isEndNeeded) => Kind switch
    {
        OperationKind.Put => index.SlotOfRecord(Message, Place) != 0,
        OperationKind.Key or OperationKind.Deduplication => IsKeyHeld(index, Bytes.Span, Place.Segment),
        OperationKind.ReceiveCount => index.IsCountHeldBy(Message, Place.Segment),
        OperationKind.Body => index.LocationOf(Key) == Place && index.IsAlive(Key, Message),
        _ => isEndNeeded(Message),
    };

    /// <summary>Whether a key or deduplication id is remembered as an operation in a segment says; under the lock.</summary>
    public static bool IsKeyHeld(MessageIndex index, ReadOnlySpan<byte> operation, uint segment)
    {
        if (Operation.Kind(operation) == OperationKind.Key)
        {
            var (key, committedAt, _, _) = KeyCodec.Read(operation);
            return index.Keys.IsHeldBy(KeyName.OfCommit(key), KeyCodec.EndOf(committedAt), segment);
        }
        var (name, endsAt, _) = DeduplicationCodec.Read(operation);
        return index.Keys.IsHeldBy(name, endsAt, segment);
    }
}

using Posthorn.Journal.Format;
using Posthorn.Journal.Index;
using Posthorn.Journal.Recovery;
using Posthorn.Journal.Segments;
using Posthorn.Messages;

namespace Posthorn.Journal.Writing;

/// <summary>Gathers what lives of a segment into records that are written again.</summary>
internal sealed class Relocation : IDisposable
{
    private readonly List<(int At, ulong Message, LogPosition From)> _messages = [];
    private readonly List<(int At, ulong Message)> _counts = [];
    private readonly List<(int At, uint From)> _keys = [];
    private readonly RecordParts _parts = new();
    private readonly List<RecordPart> _bodies = [];
    private readonly ByteWriter _operations = new();
    private int _bodyBytes;

    public int Bytes => _operations.Length + _bodyBytes;

    /// <summary>Copies what is needed of the record just read; under the lock.</summary>
    public void Gather(uint segment, SegmentReader reader, MessageIndex index, Func<ulong, bool> isEndNeeded)
    {
        foreach (var part in _parts.Of(reader, segment))
        {
            if (!part.IsNeeded(index, isEndNeeded))
                continue;
            switch (part.Kind)
            {
                case OperationKind.Put:
                    _messages.Add((CopyMessage(part), part.Message, part.Place));
                    break;
                case OperationKind.Body:
                    _bodies.Add(part with { Bytes = part.Bytes.ToArray() });
                    _bodyBytes += BodyCodec.Space(part.Length);
                    break;
                case OperationKind.ReceiveCount:
                    _counts.Add((Copy(part), part.Message));
                    break;
                case OperationKind.Key or OperationKind.Deduplication:
                    _keys.Add((Copy(part), segment));
                    break;
                case OperationKind.Remove:
                    Copy(part);
                    break;
            }
        }
    }

    /// <summary>Adds the end of a message, where it had none of its own.</summary>
    public void AddEnd(ulong message) => Operation.OfId(_operations, OperationKind.Remove, message);

    public void Dispose() => _operations.Dispose();

    /// <summary>Makes one commit of all that was gathered, and begins anew.</summary>
    public PendingCommit Take()
    {
        var relocated = new List<(int At, ulong Message, LogPosition From)>(_messages.Count);
        var counts = new List<(int At, ulong Message)>(_counts.Count);
        var keys = new List<(int At, uint From)>(_keys.Count);
        var pending = new PendingCommit { IsInternal = true, Relocated = relocated, RelocatedCounts = counts, RelocatedKeys = keys };
        var operations = pending.Operations;
        if (_bodies.Count > 0)
            BodyCodec.ReserveTable(operations, _bodies.Count);
        var shift = operations.Length;
        foreach (var (at, message) in _counts)
            counts.Add((at + shift, message));
        foreach (var (at, from) in _keys)
            keys.Add((at + shift, from));
        _operations.Written.CopyTo(operations.Take(_operations.Length));
        foreach (var (at, message, from) in _messages)
            relocated.Add((at + shift, message, from));
        var places = new List<(int At, int Offset)>();
        foreach (var body in _bodies)
        {
            places.Add((BodyCodec.WriteRelocation(operations, body.Key, body.Message), pending.BodiesLength));
            pending.Bodies.Add(body.Bytes);
            pending.BodiesLength += BodyCodec.Space(body.Length);
        }
        pending.OperationsLength = operations.Length;
        pending.RecordLength = pending.Length;
        foreach (var (at, offset) in places)
            MessageLayout.Set(operations.Written[at..], BodyCodec.DistanceAt, (long)operations.Length - at + offset);
        _messages.Clear();
        _counts.Clear();
        _keys.Clear();
        _bodies.Clear();
        _operations.Clear();
        _bodyBytes = 0;
        return pending;
    }

    /// <summary>
    /// Leaves out messages that changed or are about to, and keys that were forgotten, and brings receive counts up to date; under the lock, when the commit
    /// is submitted.
    /// </summary>
    public void Recheck(PendingCommit pending, MessageIndex index)
    {
        foreach (var (at, from) in pending.RelocatedKeys)
        {
            var operation = pending.Operations.Written[at..];
            if (Operation.Kind(operation) != OperationKind.Nothing && !RecordPart.IsKeyHeld(index, operation[..Operation.Length(operation)], from))
                operation[Operation.KindAt] = (byte)OperationKind.Nothing;
        }
        foreach (var (at, message) in pending.RelocatedCounts)
        {
            var operation = pending.Operations.Written[at..];
            var slot = index.Find(new MessageId(message));
            if (slot == 0 || index.Entries[slot].IsCommitting)
                operation[Operation.KindAt] = (byte)OperationKind.Nothing; // gone, or the record under way has the count
            else
                Operation.SetCount(operation, index.Entries[slot].ReceiveCount);
        }
        foreach (var (at, message, from) in pending.Relocated)
        {
            var operation = pending.Operations.Written[at..];
            var slot = index.SlotOfRecord(message, from);
            if (slot == 0 || index.Entries[slot].IsCommitting || index.QueueOf(index.Entries[slot]).IsRemoved)
            {
                operation[Operation.KindAt] = (byte)OperationKind.Nothing;
                continue;
            }
            MessageLayout.Set(operation, MessageLayout.ReceiveCountAt, index.Entries[slot].ReceiveCount);
            // A start goes from the newest record to the oldest: it must learn here that others share the body.
            if (index.Entries[slot].IsShared)
                operation[MessageLayout.FlagsAt] |= MessageLayout.SharedFlag;
        }
    }

    /// <returns>Where the copy begins.</returns>
    private int Copy(in RecordPart part)
    {
        var at = _operations.Length;
        part.Bytes.Span.CopyTo(_operations.Take(part.Length));
        return at;
    }

    private int CopyMessage(in RecordPart part)
    {
        var at = _operations.Length;
        var copy = _operations.Take(part.CopyLength);
        part.Bytes.Span.CopyTo(copy);
        MessageLayout.SetModSeq(copy, part.ModSeq);
        copy[Operation.KindAt] = (byte)OperationKind.Put;
        copy[MessageLayout.FlagsAt] |= MessageLayout.RelocatedFlag;
        if ((BodyPlace)copy[MessageLayout.BodyPlaceAt] == BodyPlace.Here)
        {
            copy[MessageLayout.BodyPlaceAt] = (byte)BodyPlace.Key;
            MessageLayout.Set(copy, MessageLayout.BodyAt, MessageCodec.BodyKey(part.Bytes.Span, part.Place).Value);
        }
        return at;
    }
}

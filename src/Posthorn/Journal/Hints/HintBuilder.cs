using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Posthorn.Journal.Format;
using Posthorn.Journal.Index;
using Posthorn.Journal.Recovery;
using Posthorn.Journal.Segments;

namespace Posthorn.Journal.Hints;

/// <summary>
/// Gathers a segment's hint, record by record. Of each message the latest operation in the segment counts; of one that was added and removed in it
/// nothing is left, since no other segment can hold a record of it that is not superseded by its end, which nobody else needs.
/// </summary>
internal sealed class HintBuilder(SegmentHeader segment) : IDisposable
{
    private const int Gone = -1;

    private readonly ByteWriter _state = new(), _changes = new(), _keys = new(), _lanes = new(), _flagSets = new();
    private readonly Dictionary<(long Queue, string Group), int> _laneNumbers = [];
    private readonly Dictionary<byte[], int> _flagSetNumbers = new(ByteTexts.Comparer);

    /// <summary>Sets of messages whose rows cannot hold their number.</summary>
    private readonly Dictionary<ulong, int> _manyFlags = [];
    private readonly Dictionary<long, long> _numbers = [];
    private readonly Dictionary<LogPosition, LogPosition> _bodies = [];
    private readonly Dictionary<ulong, int> _rowOf = [];
    private readonly HashSet<ulong> _addedHere = [];
    private readonly List<HintRow> _rows = [];
    private readonly List<ulong> _removed = [];
    private readonly Dictionary<ulong, long> _receives = [];
    private ulong _lastMessage = segment.FirstMessage - 1;
    private (long Queue, int Lane) _lastLane = (-1, 0);

    /// <summary>Takes the record just read.</summary>
    public void Add(SegmentReader reader)
    {
        var operations = reader.Operations.Span;
        if (reader.Record.Type == RecordType.State)
        {
            _state.Clear();
            _changes.Clear();
            operations.CopyTo(_state.Take(operations.Length));
            return;
        }
        var at = (uint)(reader.RecordOffset + RecordHeader.Length);
        while (!operations.IsEmpty)
        {
            var length = Operation.Length(operations);
            Add(operations[..length], new LogPosition(segment.Number, at), (long)reader.Record.Number);
            operations = operations[length..];
            at += (uint)length;
        }
    }

    /// <summary>Makes the hint of what was read; <paramref name="reader"/> stands behind the last record.</summary>
    public Hint Build(SegmentReader reader)
    {
        // All in place: a segment of small messages has some hundred thousand rows.
        _rows.RemoveAll(row => row.Id == 0);
        foreach (ref var row in CollectionsMarshal.AsSpan(_rows))
        {
            var place = _bodies.TryGetValue(row.Body, out var moved) ? moved : row.Body;
            row.BodyAt = !place.IsFile && place.Segment == segment.Number ? place.Offset : 0;
        }
        _rows.Sort((a, b) => a.Id.CompareTo(b.Id));
        _removed.Sort();
        HintedNumber[] numbers = [.. _numbers.Select(pair => new HintedNumber((ulong)pair.Key, pair.Value))];
        HintedBody[] bodies = [.. _bodies.Select(pair => new HintedBody(pair.Key, pair.Value))];
        HintedNumber[] receives = [.. _receives.Select(pair => new HintedNumber(pair.Key, pair.Value))];
        HintedNumber[] manyFlags = [.. _manyFlags.OrderBy(pair => pair.Key).Select(pair => new HintedNumber(pair.Key, pair.Value))];
        var header = new HintHeader(segment.Number, segment.Salt, reader.Offset, reader.NextNumber - 1, reader.LastChecksum, _lastMessage)
        {
            Parts =
            [
                _state.Length, _changes.Length, _keys.Length, numbers.Length * HintedNumber.Length, bodies.Length * HintedBody.Length,
                _removed.Count * sizeof(ulong), receives.Length * HintedNumber.Length, _rows.Count * HintRow.Length, _lanes.Length,
                _flagSets.Length, manyFlags.Length * HintedNumber.Length,
            ],
        };
        return Hint.Of(header, content =>
        {
            var rest = content;
            Put(ref rest, _state.Written);
            Put(ref rest, _changes.Written);
            Put(ref rest, _keys.Written);
            Put(ref rest, MemoryMarshal.AsBytes<HintedNumber>(numbers));
            Put(ref rest, MemoryMarshal.AsBytes<HintedBody>(bodies));
            Put(ref rest, MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(_removed)));
            Put(ref rest, MemoryMarshal.AsBytes<HintedNumber>(receives));
            Put(ref rest, MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(_rows)));
            Put(ref rest, _lanes.Written);
            Put(ref rest, _flagSets.Written);
            Put(ref rest, MemoryMarshal.AsBytes<HintedNumber>(manyFlags));
        });
    }

    public void Dispose()
    {
        _state.Dispose();
        _changes.Dispose();
        _keys.Dispose();
        _lanes.Dispose();
        _flagSets.Dispose();
    }

    private void Add(ReadOnlySpan<byte> operation, LogPosition position, long record)
    {
        var id = Operation.Id(operation);
        switch (Operation.Kind(operation))
        {
            case OperationKind.Add:
                _lastMessage = Math.Max(_lastMessage, id);
                _addedHere.Add(id);
                AddRow(operation, position, record);
                break;
            case OperationKind.Put:
                AddRow(operation, position, record);
                break;
            case OperationKind.Remove:
                Remove(id);
                break;
            case OperationKind.ReceiveCount:
                if (_rowOf.TryGetValue(id, out var counted) && counted != Gone)
                    CollectionsMarshal.AsSpan(_rows)[counted].ReceiveCount = (ushort)Math.Min(Operation.Count(operation), ushort.MaxValue);
                else if (counted != Gone)
                    _receives[id] = Operation.Count(operation);
                break;
            case OperationKind.Body:
                _bodies[new LogPosition((long)id)] = new LogPosition(position.Value + MessageLayout.Int64(operation, BodyCodec.DistanceAt));
                break;
            case OperationKind.Key or OperationKind.Deduplication:
                operation.CopyTo(_keys.Take(operation.Length));
                break;
            case OperationKind.Queue or OperationKind.RemoveQueue or OperationKind.Document or OperationKind.Counters:
                operation.CopyTo(_changes.Take(operation.Length));
                // Among the keys too: those that stand before it in the segment are forgotten, those behind it are not.
                if (Operation.Kind(operation) == OperationKind.Counters && CountersCodec.HasForgotten(operation))
                    operation.CopyTo(_keys.Take(operation.Length));
                break;
            case OperationKind.Nothing or OperationKind.Bodies:
                break;
            default:
                throw new InvalidDataException($"{position}: an operation of unknown kind {operation[Operation.KindAt]}.");
        }
    }

    private void AddRow(ReadOnlySpan<byte> operation, LogPosition position, long record)
    {
        var row = HintRow.Of(operation, position, record);
        var queue = MessageLayout.Int64(operation, MessageLayout.QueueAt);
        row.Lane = LaneOf(queue, MessageLayout.Group(operation));
        row.FlagSet = FlagSetOf(row.Id, MessageCodec.FlagList(operation));
        ref var next = ref CollectionsMarshal.GetValueRefOrAddDefault(_numbers, queue, out _);
        next = Math.Max(next, row.Number + 1);
        _receives.Remove(row.Id);
        ref var place = ref CollectionsMarshal.GetValueRefOrAddDefault(_rowOf, row.Id, out var exists);
        if (exists && place == Gone)
            return; // what was removed does not come back
        if (exists)
        {
            _rows[place] = row;
            return;
        }
        place = _rows.Count;
        _rows.Add(row);
    }

    private void Remove(ulong id)
    {
        _receives.Remove(id);
        _manyFlags.Remove(id);
        if (_rowOf.TryGetValue(id, out var at))
        {
            if (at == Gone)
                return;
            CollectionsMarshal.AsSpan(_rows)[at].Id = 0;
        }
        _rowOf[id] = Gone;
        if (!_addedHere.Remove(id))
            _removed.Add(id);
    }

    private int LaneOf(long queue, ReadOnlySpan<byte> group)
    {
        if (group.IsEmpty && _lastLane.Queue == queue)
            return _lastLane.Lane;
        var key = (queue, System.Text.Encoding.UTF8.GetString(group));
        if (!_laneNumbers.TryGetValue(key, out var number))
        {
            _laneNumbers.Add(key, number = _laneNumbers.Count);
            var lane = _lanes.Take(Hint.LaneHeaderLength + group.Length);
            BinaryPrimitives.WriteInt64LittleEndian(lane, queue);
            BinaryPrimitives.WriteInt32LittleEndian(lane[8..], group.Length);
            group.CopyTo(lane[Hint.LaneHeaderLength..]);
        }
        if (group.IsEmpty)
            _lastLane = (queue, number);
        return number;
    }

    private ushort FlagSetOf(ulong id, ReadOnlySpan<byte> flags)
    {
        _manyFlags.Remove(id);
        if (flags.IsEmpty)
            return 0;
        var numbers = _flagSetNumbers.GetAlternateLookup<ReadOnlySpan<byte>>();
        if (!numbers.TryGetValue(flags, out var number))
        {
            number = _flagSetNumbers.Count + 1;
            numbers[flags] = number;
            BinaryPrimitives.WriteInt32LittleEndian(_flagSets.Take(Hint.FlagSetHeaderLength), flags.Length);
            flags.CopyTo(_flagSets.Take(flags.Length));
        }
        if (number >= HintRow.ManyFlags)
            _manyFlags[id] = number;
        return (ushort)Math.Min(number, HintRow.ManyFlags);
    }

    private static void Put(ref Span<byte> rest, ReadOnlySpan<byte> part)
    {
        part.CopyTo(rest);
        rest = rest[part.Length..];
    }
}

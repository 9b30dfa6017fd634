using Posthorn.Journal.Format;
using Posthorn.Journal.Segments;
using Posthorn.Messages;

namespace Posthorn.Journal.Index;

/// <summary>What of the disk is still needed: records and bodies counted by segment, bodies with several owners by reference.</summary>
internal sealed partial class MessageIndex
{
    /// <summary>What a message's record counts as, in bytes. Exact lengths would cost memory in every entry and decide nothing.</summary>
    private const int RecordWeight = 256;

    private readonly Dictionary<LogPosition, SharedBody> _shared = [];
    private readonly Dictionary<LogPosition, LogPosition> _relocated = [];

    /// <summary>Files of bodies that nothing refers to any more.</summary>
    public Queue<LogPosition> DeadFiles { get; } = new();

    /// <summary>Called when a segment has less alive than before.</summary>
    public Action<Segment>? Shrunk { get; set; }

    /// <summary>By message, the segment that holds its receive count, where the count was recorded after the message.</summary>
    private readonly Dictionary<ulong, uint> _counted = [];

    /// <summary>Where a body lies now; null when it is gone.</summary>
    public LogPosition? LocationOf(LogPosition body)
    {
        if (_relocated.TryGetValue(body, out var place))
            return place;
        return Segments.Find(body.Segment) is null ? null : body;
    }

    /// <summary>Counts one reference more to a body that exists, for a commit that names it.</summary>
    /// <param name="body">The body.</param>
    /// <param name="owner">The message through which it was reached.</param>
    /// <returns>False when it is gone.</returns>
    public bool TryShare(LogPosition body, ulong owner)
    {
        if (_shared.TryGetValue(body, out var shared))
        {
            _shared[body] = shared with { References = shared.References + 1 };
            return true;
        }
        if (_ids[(long)owner] is var slot and not 0 && _entries[slot].Body == body)
        {
            ref var entry = ref _entries[slot];
            entry.IsShared = true;
            _shared.Add(body, new SharedBody(2, entry.Length));
            return true;
        }
        return false;
    }

    /// <summary>Counts the first reference to a body's file, for the commit that names it first.</summary>
    public void ShareNew(LogPosition body, long length) => _shared.Add(body, new SharedBody(1, length));

    /// <summary>Takes <see cref="ShareNew"/> back: the commit is not made, and the file is still its writer's.</summary>
    public void UnshareNew(LogPosition body) => _shared.Remove(body);

    /// <summary>Takes <see cref="TryShare"/> back: the commit is not made.</summary>
    public void Unshare(LogPosition body) => ReleaseShared(body);

    /// <summary>Whether a body is alive: counted, or still its first owner's.</summary>
    public bool IsAlive(LogPosition body, ulong owner) =>
        _shared.ContainsKey(body) || (_ids[(long)owner] is var slot and not 0 && _entries[slot].Body == body);

    /// <summary>The files of bodies that messages refer to.</summary>
    public IEnumerable<LogPosition> NamedFiles => _shared.Keys.Where(body => body.IsFile);

    /// <summary>A message with a body; looks at all that memory holds.</summary>
    public MessageId? FirstWith(LogPosition body)
    {
        for (var slot = 1; slot < _entries.SlotsEnd; slot++)
        {
            if (_entries[slot].Id != 0 && _entries[slot].Body == body)
                return new MessageId(_entries[slot].Id);
        }
        return null;
    }

    /// <summary>Whether any message refers to a body's file.</summary>
    public bool IsNamed(LogPosition file) => _shared.ContainsKey(file);

    /// <summary>Whether an operation is a message's latest.</summary>
    public int SlotOfRecord(ulong id, LogPosition position) =>
        _ids[(long)id] is var slot and not 0 && _entries[slot].Record == position ? slot : 0;

    /// <summary>Notes that a message ended with its queue: no removal names it, so its latest record must stay as long as an older one.</summary>
    private void NoteEnd(ulong id, uint number)
    {
        if (Segments.Find(number) is not { } segment || !Segments.AnyBetween(Segments.OldestOf(id), number))
            return;
        segment.Ends.Add(id);
        segment.IsEmptied = false;
        NoteRemoval(id, segment);
    }

    private void NoteRemoval(ulong id, Segment segment)
    {
        var oldest = Segments.OldestOf(id);
        if (oldest < segment.RemovalsFrom)
            segment.RemovalsFrom = oldest;
    }

    private void ApplyBody(ReadOnlySpan<byte> operation, LogPosition position)
    {
        var body = new LogPosition((long)Operation.Id(operation));
        var place = new LogPosition(position.Value + MessageLayout.Int64(operation, BodyCodec.DistanceAt));
        var owner = (ulong)MessageLayout.Int64(operation, BodyCodec.OwnerAt);
        if (!IsAlive(body, owner))
            return;
        var weight = _shared.TryGetValue(body, out var shared) ? shared.Weight : _entries[_ids[(long)owner]].Length;
        WeighBody(body, -1, -weight);
        _relocated[body] = place;
        WeighBody(body, 1, weight);
    }

    // The message was free when its relocation was submitted, and the journal's order is that of submissions: its record is still that one.
    private void Relocate(ulong id, int slot, LogPosition position)
    {
        if (slot == 0)
        {
            NoteEnd(id, position.Segment); // its queue was removed meanwhile
            return;
        }
        ref var entry = ref _entries[slot];
        RetainRecord(new Entry { Record = position });
        ReleaseRecord(entry);
        entry.Record = position;
    }

    /// <summary>Whether a segment holds the receive count of a message as it was recorded last.</summary>
    public bool IsCountHeldBy(ulong id, uint segment) => _counted.TryGetValue(id, out var holder) && holder == segment;

    /// <summary>Notes where a receive count was recorded since the message's own record was written.</summary>
    private void NoteCount(ulong id, uint number)
    {
        ForgetCount(id);
        if (_ids[(long)id] == 0 || Segments.Find(number) is not { } segment)
            return;
        _counted.Add(id, number);
        segment.Counts++;
    }

    private void ForgetCount(ulong id)
    {
        if (!_counted.Remove(id, out var number) || Segments.Find(number) is not { } segment)
            return;
        segment.Counts--;
        if (segment is { Counts: 0, Live: 0 })
            Shrunk?.Invoke(segment);
    }

    private void RetainRecord(in Entry entry)
    {
        if (Segments.Find(entry.Record.Segment) is { } segment)
            Weigh(segment, 1, RecordWeight);
    }

    private void ReleaseRecord(in Entry entry)
    {
        ForgetCount(entry.Id);
        if (Segments.Find(entry.Record.Segment) is { } segment)
            Weigh(segment, -1, -RecordWeight);
    }

    /// <param name="entry">The message.</param>
    /// <param name="isHere">Whether the body came with this very record; else a shared one was counted when the commit was submitted.</param>
    private void RetainBody(in Entry entry, bool isHere)
    {
        if (entry.Body.IsNone)
            return;
        if (!entry.IsShared)
            WeighBody(entry.Body, 1, entry.Length);
        else if (isHere)
            Count(entry);
    }

    private void Count(in Entry entry)
    {
        if (_shared.TryGetValue(entry.Body, out var shared))
        {
            _shared[entry.Body] = shared with { References = shared.References + 1 };
            return;
        }
        _shared.Add(entry.Body, new SharedBody(1, entry.Length));
        WeighBody(entry.Body, 1, entry.Length);
    }

    private void ReleaseBody(in Entry entry)
    {
        if (entry.Body.IsNone)
            return;
        if (entry.IsShared)
            ReleaseShared(entry.Body);
        else
            Bury(entry.Body, entry.Length);
    }

    private void ReleaseShared(LogPosition body)
    {
        var shared = _shared[body];
        if (shared.References > 1)
        {
            _shared[body] = shared with { References = shared.References - 1 };
            return;
        }
        _shared.Remove(body);
        Bury(body, shared.Weight);
    }

    private void Bury(LogPosition body, long weight)
    {
        WeighBody(body, -1, -weight);
        _relocated.Remove(body);
        if (body.IsFile)
            DeadFiles.Enqueue(body);
    }

    private void WeighBody(LogPosition body, int count, long bytes)
    {
        if (!body.IsFile && LocationOf(body) is { } place && Segments.Find(place.Segment) is { } segment)
            Weigh(segment, count, bytes);
    }

    private void Weigh(Segment segment, int count, long bytes)
    {
        segment.Live += count;
        segment.LiveBytes += bytes;
        if (count < 0)
            Shrunk?.Invoke(segment);
    }
}

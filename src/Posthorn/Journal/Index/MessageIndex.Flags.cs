using System.Runtime.InteropServices;
using Posthorn.Journal.Format;
using Posthorn.Journal.Hints;
using Posthorn.Queues;

namespace Posthorn.Journal.Index;

/// <summary>Flags, and what is told to those who watch a queue.</summary>
internal sealed partial class MessageIndex
{
    private readonly FlagSets _flags = new();

    /// <summary>The sets of messages whose sets have numbers beyond what an entry holds.</summary>
    private readonly Dictionary<ulong, int> _manyFlags = [];

    /// <summary>The flags of a message.</summary>
    public IReadOnlyList<string> FlagsOf(in Entry entry) => _flags[FlagSetOf(entry)];

    /// <summary>How many messages of a queue have which flag.</summary>
    public Dictionary<string, long> FlagCounts(QueueState queue)
    {
        var counts = new Dictionary<string, long>(StringComparer.OrdinalIgnoreCase);
        foreach (var (set, messages) in queue.FlagSets)
        {
            foreach (var flag in _flags[set])
                CollectionsMarshal.GetValueRefOrAddDefault(counts, flag, out _) += messages;
        }
        return counts;
    }

    private int FlagSetOf(in Entry entry) => entry.FlagSet < Entry.ManyFlags ? entry.FlagSet : _manyFlags[entry.Id];

    /// <summary>The set of a row of a hint, or of a message that stands there.</summary>
    private int FlagSetOf(Hint hint, in HintRow row) => row.FlagSet == 0 ? 0 : _flags.Find(hint.FlagsOf(row));

    private void SetFlags(ref Entry entry, int set)
    {
        if (entry.FlagSet == Entry.ManyFlags)
            _manyFlags.Remove(entry.Id);
        entry.FlagSet = (ushort)Math.Min(set, Entry.ManyFlags);
        if (entry.FlagSet == Entry.ManyFlags)
            _manyFlags[entry.Id] = set;
    }

    /// <summary>Gives a message the flags of its new operation; what was consumed has none.</summary>
    private void ApplyFlags(int slot, in Entry old, QueueState? from, ReadOnlySpan<byte> operation)
    {
        ref var entry = ref _entries[slot];
        var lane = LaneOf(entry);
        lane.Queue.HighestModSeq = entry.ModSeq;
        var before = FlagSetOf(old);
        var set = lane.IsForConsumed ? 0 : _flags.Find(MessageCodec.FlagList(operation));
        CountFlags(lane.Queue, set, 1);
        if (from is not null)
        {
            from.HighestModSeq = entry.ModSeq;
            CountFlags(from, before, -1);
        }
        SetFlags(ref entry, set);
    }

    /// <summary>Counts messages of a queue in or out that have a set of flags. In first, so that a set is not given up in between.</summary>
    private void CountFlags(QueueState queue, int set, int messages)
    {
        if (set == 0)
            return;
        ref var count = ref CollectionsMarshal.GetValueRefOrAddDefault(queue.FlagSets, set, out var isKnown);
        count += messages;
        if (!isKnown)
            _flags.Keep(set);
        if (count > 0)
            return;
        queue.FlagSets.Remove(set);
        _flags.Give(set);
    }

    /// <summary>A queue is gone, and with it messages of which only a bit was in memory.</summary>
    private void GiveFlags(QueueState queue)
    {
        foreach (var set in queue.FlagSets.Keys)
            _flags.Give(set);
        queue.FlagSets.Clear();
    }

    /// <summary>Tells whoever watches that a message stands otherwise than before, though no commit changed it.</summary>
    private void TellChanged(int slot)
    {
        ref var entry = ref _entries[slot];
        if (LaneOf(entry).Queue.Watched is { } watched)
            watched.Tell(new QueueChange(entry.Number, QueueChangeKind.Changed, entry.ModSeq));
    }

    /// <summary>Tells whoever watches what a commit did to a message.</summary>
    /// <param name="was">The message before; without an id when there was none.</param>
    /// <param name="from">Its queue then.</param>
    /// <param name="slot">The message now.</param>
    private void TellApplied(in Entry was, QueueState? from, int slot)
    {
        ref var entry = ref _entries[slot];
        var lane = LaneOf(entry);
        var (wasThere, isThere) = (from is not null && was.State != Messages.MessageState.Consumed, !lane.IsForConsumed);
        var stays = from == lane.Queue && was.Number == entry.Number;
        if (wasThere && !(isThere && stays) && from!.Watched is { } before)
            before.Tell(new QueueChange(was.Number, QueueChangeKind.Removed, entry.ModSeq));
        if (isThere && lane.Queue.Watched is { } watched)
            watched.Tell(new QueueChange(entry.Number, wasThere && stays ? QueueChangeKind.Changed : QueueChangeKind.Added, entry.ModSeq));
    }

    private void NoteRemoved(int slot, long record)
    {
        ref var entry = ref _entries[slot];
        var queue = QueueOf(entry);
        queue.HighestModSeq = record;
        if (entry.State != Messages.MessageState.Consumed && queue.Watched is { } watched)
            watched.Tell(new QueueChange(entry.Number, QueueChangeKind.Removed, record));
    }
}

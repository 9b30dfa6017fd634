using Posthorn.Messages;

namespace Posthorn.Journal.Index;

/// <summary>The messages of one group of a queue; those without a group have lane <c>""</c>.</summary>
internal sealed class Lane(QueueState queue, string group, int number, EntryTable entries)
{
    private readonly ReadyLevel?[] _levels = new ReadyLevel?[Priority.Levels];
    private LaneBlockers? _blockers;

    public QueueState Queue { get; } = queue;

    public string Group { get; } = group;

    /// <summary>Its number among all lanes, by which entries name it.</summary>
    public int Number { get; } = number;

    /// <summary>Whether it is the lane of what its queue has consumed and keeps, whatever group that was of.</summary>
    public bool IsForConsumed { get; init; }

    /// <summary>Messages in whatever state.</summary>
    public long Messages { get; set; }

    public long Ready { get; private set; }

    /// <summary>Whether it stands in <see cref="LaneTurns"/>; theirs.</summary>
    public bool WaitsForTurn { get; set; }

    /// <summary>In a FIFO queue the number of the first message that is not ready: only what stands before it can be received.</summary>
    public long FirstBlocked => _blockers?.First ?? long.MaxValue;

    /// <summary>Whether a FIFO queue could hand out its first message now.</summary>
    public bool CanBeReceived => Head(0) is var slot and not 0 && entries[slot].Number < FirstBlocked;

    /// <summary>The level at which a message is ready: its priority, which does not count in a FIFO queue.</summary>
    public int LevelOf(in Entry entry) => Queue.Policy.IsFifo ? 0 : entry.Priority;

    /// <summary>The slot that would be handed out next at a level; 0 when there is none.</summary>
    public int Head(int level) => _levels[level]?.Head ?? 0;

    public void AddReady(int slot)
    {
        var level = LevelOf(entries[slot]);
        (_levels[level] ??= new ReadyLevel(entries, this, level)).Add(slot);
        Ready++;
    }

    public void RemoveReady(int slot)
    {
        _levels[LevelOf(entries[slot])]!.Remove(slot);
        Ready--;
    }

    /// <summary>A message of a FIFO queue is not ready: those behind it wait.</summary>
    public void Block(int slot) => (_blockers ??= new LaneBlockers(entries, this)).Add(slot);

    public void Unblock() => _blockers?.Remove();
}

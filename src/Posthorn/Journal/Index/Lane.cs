using Posthorn.Journal.Fairness;
using Posthorn.Journal.Paging;
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

    /// <summary>How many of them are cold.</summary>
    public long Cold { get; set; }

    /// <summary>The run with the lowest number of all levels; null when none is cold.</summary>
    public ColdRun? FirstCold => _levels.Select(level => level?.Cold.First).OfType<ColdRun>().MinBy(run => run.Lowest);

    /// <summary>Ready messages, cold ones included.</summary>
    public long Ready { get; set; }

    /// <summary>Those that consumers hold.</summary>
    public long Leased { get; set; }

    /// <summary>Whose messages they are; null when the queue is not fair.</summary>
    public Tenant? Tenant { get; set; }

    /// <summary>Since when a consumer has put it aside, in milliseconds of Unix time; null when none has.</summary>
    public long? DeferredSince { get; set; }

    public bool IsDeferred => DeferredSince is not null;

    /// <summary>Whether it is in the delayed lane: not in the queue's order.</summary>
    public bool IsDelayed => IsDeferred || Tenant is { IsNoisy: true };

    /// <summary>Whether it stands in <see cref="LaneTurns"/>; theirs.</summary>
    public bool WaitsForTurn { get; set; }

    /// <summary>In a FIFO queue the number of the first message that is not ready: only what stands before it can be received.</summary>
    public long FirstBlocked => _blockers?.First ?? long.MaxValue;

    /// <summary>Whether a FIFO queue could hand out its first message now.</summary>
    public bool CanBeReceived => HeadNumber(0) is var number && number != long.MaxValue && number < FirstBlocked;

    /// <summary>The ready messages of a level, when there ever were any.</summary>
    public ReadyLevel? this[int level] => _levels[level];

    /// <summary>The level at which messages of a priority are ready: it does not count in a FIFO queue.</summary>
    public int LevelOf(int priority) => Queue.Policy.IsFifo ? 0 : priority;

    public ReadyLevel LevelFor(int priority) => _levels[LevelOf(priority)] ??= new ReadyLevel(entries, this, LevelOf(priority));

    /// <summary>The number that is to be handed out next at a level; beyond all numbers when there is none.</summary>
    public long HeadNumber(int level) => _levels[level]?.HeadNumber ?? long.MaxValue;

    public void AddReady(int slot)
    {
        LevelFor(entries[slot].Priority).Add(slot);
        Ready++;
    }

    public void RemoveReady(int slot)
    {
        LevelFor(entries[slot].Priority).Remove(slot);
        Ready--;
    }

    /// <summary>A message of a FIFO queue is not ready: those behind it wait.</summary>
    public void Block(int slot) => (_blockers ??= new LaneBlockers(entries, this)).Add(slot);

    public void Unblock() => _blockers?.Remove();
}

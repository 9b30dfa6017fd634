using Posthorn.Journal.Paging;
using Posthorn.Messages;

namespace Posthorn.Journal.Index;

/// <summary>The messages of one group of a queue; those without a group have lane <c>""</c>.</summary>
internal sealed class Lane(QueueState queue, string group, int number)
{
    private readonly ReadyLevel?[] _levels = new ReadyLevel?[Priority.Levels];

    public QueueState Queue { get; } = queue;

    public string Group { get; } = group;

    /// <summary>Its number among all lanes, by which entries name it.</summary>
    public int Number { get; } = number;

    /// <summary>Messages in whatever state.</summary>
    public long Messages { get; set; }

    /// <summary>How many of them are cold.</summary>
    public long Cold { get; set; }

    /// <summary>The run with the lowest number of all priorities; null when none is cold.</summary>
    public ColdRun? FirstCold => _levels.Select(level => level?.Cold.First).OfType<ColdRun>().MinBy(run => run.Lowest);

    /// <summary>Ready messages, cold ones included.</summary>
    public long Ready { get; set; }

    /// <summary>The ready messages of a priority, when there ever were any.</summary>
    public ReadyLevel? this[int priority] => _levels[priority];

    public ReadyLevel LevelFor(EntryTable entries, int priority) => _levels[priority] ??= new ReadyLevel(entries, this, priority);

    /// <summary>The number that is to be handed out next at a priority; beyond all numbers when there is none.</summary>
    public long HeadNumber(int priority) => _levels[priority]?.HeadNumber ?? long.MaxValue;

    public void AddReady(EntryTable entries, int slot)
    {
        LevelFor(entries, entries[slot].Priority).Add(slot);
        Ready++;
    }

    public void RemoveReady(EntryTable entries, int slot)
    {
        _levels[entries[slot].Priority]!.Remove(slot);
        Ready--;
    }
}

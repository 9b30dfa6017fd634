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

    public long Ready { get; private set; }

    /// <summary>The slot that would be handed out next at a priority; 0 when there is none.</summary>
    public int Head(int priority) => _levels[priority]?.Head ?? 0;

    public void AddReady(EntryTable entries, int slot)
    {
        var priority = entries[slot].Priority;
        (_levels[priority] ??= new ReadyLevel(entries, this, priority)).Add(slot);
        Ready++;
    }

    public void RemoveReady(EntryTable entries, int slot)
    {
        _levels[entries[slot].Priority]!.Remove(slot);
        Ready--;
    }
}

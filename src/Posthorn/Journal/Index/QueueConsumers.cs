using Posthorn.Engine;
using Posthorn.Queues;

namespace Posthorn.Journal.Index;

/// <summary>Who waits for messages of a queue, by its name: they may wait before the queue exists.</summary>
/// <remarks>Guarded by the engine's lock.</remarks>
internal sealed class QueueConsumers(QueueName name)
{
    public QueueName Name { get; } = name;

    /// <summary>Waiting callers, the longest waiting first.</summary>
    public LinkedList<LeaseWaiter> Waiters { get; } = new();

    /// <summary>Its reader of ready groups; null when it has none.</summary>
    public GroupAnnouncer? Announcer { get; set; }

    /// <summary>Those who watch it; null when nobody does.</summary>
    public List<QueueWatch>? Watches { get; set; }

    /// <summary>Whether the queue is on the list of those whose waiters are to be served.</summary>
    public bool IsToBeServed { get; set; }

    /// <summary>Whether nobody waits for it, reads it or watches it.</summary>
    public bool IsIdle => Waiters.Count == 0 && Announcer is null && Watches is null;

    /// <summary>Tells those who watch it.</summary>
    public void Tell(in QueueChange change)
    {
        foreach (var watch in Watches ?? [])
            watch.Tell(change);
    }

    /// <summary>Ends what is told of it.</summary>
    public void EndTelling(Exception? failure = null)
    {
        Announcer?.End(failure);
        foreach (var watch in Watches ?? [])
            watch.End(failure);
    }
}

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

    /// <summary>Whether the queue is on the list of those whose waiters are to be served.</summary>
    public bool IsToBeServed { get; set; }
}

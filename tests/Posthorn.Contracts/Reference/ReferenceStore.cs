using Posthorn.Queues;

namespace Posthorn.Contracts.Reference;

/// <summary>What a reference engine leaves when it is closed, for the next one.</summary>
public sealed class ReferenceStore
{
    /// <summary>Names it.</summary>
    public Guid Identity { get; } = Guid.NewGuid();

    internal ReferenceState State { get; set; } = new();

    /// <summary>Messages in a queue, whatever their state; 0 when there is no such queue.</summary>
    public int Count(QueueName queue) => State.In(queue).Count();
}

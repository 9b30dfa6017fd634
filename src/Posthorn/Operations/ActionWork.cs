using Posthorn.Engine;
using Posthorn.Messages;
using Posthorn.Queues;

namespace Posthorn.Operations;

/// <summary>A <see cref="BulkAction"/> at work.</summary>
internal sealed class ActionWork(IEngine engine, TimeProvider time, BulkAction action) : IBulkWork
{
    public bool EndsLease => action.EndsLease;

    public QueueName? Target => action.Target;

    public ValueTask<MessagePlan> PlanAsync(Message message, CancellationToken cancellationToken) =>
        ValueTask.FromResult(action.Plan(message, engine, time.GetUtcNow()));

    public void Committed(IReadOnlyList<MessagePlan> plans)
    {
        // Nobody is to be told.
    }
}

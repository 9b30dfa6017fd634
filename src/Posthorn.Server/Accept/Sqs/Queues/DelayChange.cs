using Posthorn.Engine;
using Posthorn.Messages;
using Posthorn.Operations;
using Posthorn.Queues;

namespace Posthorn.Server.Accept.Sqs.Queues;

/// <summary>Another delay for what waits in a FIFO queue: there it is the queue's alone, and counts for messages that have come already.</summary>
internal sealed class DelayChange(TimeSpan delay, TimeProvider time) : IBulkWork
{
    public bool EndsLease => true;

    public QueueName? Target => null;

    public static Task RunAsync(IEngine engine, TimeProvider time, QueueName queue, TimeSpan delay, CancellationToken cancellationToken)
    {
        var waiting = new QueueSelection(engine, [queue], new MessageFilter { States = [MessageState.Delayed] });
        return new BulkRun(engine, time, waiting, new DelayChange(delay, time), new BulkTally(), new BulkOptions()).RunAsync(cancellationToken);
    }

    public ValueTask<MessagePlan> PlanAsync(Message message, CancellationToken cancellationToken) =>
        ValueTask.FromResult(MessagePlan.Change(message, new MessageChanges { DueAt = message.EnqueuedAt + delay }, time.GetUtcNow()));

    public void Committed(IReadOnlyList<MessagePlan> plans)
    {
        // Nobody is to be told.
    }
}

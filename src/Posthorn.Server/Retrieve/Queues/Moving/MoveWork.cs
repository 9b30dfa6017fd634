using Posthorn.Engine;
using Posthorn.Messages;
using Posthorn.Operations;
using Posthorn.Queues;
using Posthorn.Server.Operate.Timeline;

namespace Posthorn.Server.Retrieve.Queues.Moving;

/// <summary>What a move task does with each message: back to where it came from, or to one queue for all.</summary>
internal sealed class MoveWork(IEngine engine, ITimeline timeline, QueueName? destination, string id, Func<ValueTask> progressed) : IBulkWork
{
    public bool EndsLease => true;

    public QueueName? Target => destination;

    public async ValueTask<MessagePlan> PlanAsync(Message message, CancellationToken cancellationToken)
    {
        await progressed();
        // SQS goes by what the message says itself: one that was sent to this queue directly has come from nowhere.
        var to = destination ?? (QueueName.TryParse(message.Text(MessageAttributes.DeadLetterSource), out var source, out _) ? source : throw new MoveFailedException("CouldNotDetermineMessageSource"));
        if (engine.Status(to) is null)
            throw new MoveFailedException("AWS.SimpleQueueService.NonExistentQueue");
        return MessagePlan.Redrive(message, to);
    }

    public void Committed(IReadOnlyList<MessagePlan> plans)
    {
        foreach (var plan in plans)
            timeline.Record(new TimelineEvent(TimelineKind.Changed, plan.Message.Id, plan.Message.Origin, plan.Message.Queue, $"moved by move task {id}"));
    }
}

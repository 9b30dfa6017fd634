using Posthorn.Client.Contracts.Messages;
using Posthorn.Operations;
using Posthorn.Queues;
using Posthorn.Server.Operate.Timeline;
using Message = Posthorn.Messages.Message;

namespace Posthorn.Server.Operate.Admin.Commands;

/// <summary>What a command does with each message, and what the timeline hears of it.</summary>
internal sealed class CommandWork(MessagePlanner planner, ITimeline timeline, CommandTask task) : IBulkWork
{
    /// <summary>Most bounces in a commit: each carries a mail of its own.</summary>
    private const int BouncesMax = 100;

    private readonly MessageCommand _command = task.Command;

    // A priority hurts no one's work; everything else would take the message from under a consumer's hands.
    public bool EndsLease => _command.Action != MessageAction.Priority;

    public QueueName? Target => _command is { Action: MessageAction.Move, To: { } to } ? QueueName.Parse(to) : null;

    public BulkOptions Options => _command.Action == MessageAction.Bounce
        ? new BulkOptions { IncludeLeased = _command.IncludeLeased, CommitMax = BouncesMax }
        : new BulkOptions { IncludeLeased = _command.IncludeLeased };

    public async ValueTask<Operations.MessagePlan> PlanAsync(Message message, CancellationToken cancellationToken) =>
        await planner.PlanAsync(message, _command, task.By, cancellationToken);

    public void Committed(IReadOnlyList<Operations.MessagePlan> plans)
    {
        foreach (var plan in plans.Cast<MessagePlan>())
            timeline.Record(plan.ToEvent());
    }
}

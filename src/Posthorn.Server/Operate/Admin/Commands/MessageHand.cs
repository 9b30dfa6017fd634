using Posthorn.Client.Contracts.Messages;
using Posthorn.Commits;
using Posthorn.Engine;
using Posthorn.Messages;
using Posthorn.Server.Operate.Accounts;
using Posthorn.Server.Operate.Admin.Http;
using Posthorn.Server.Operate.Timeline;
using Message = Posthorn.Messages.Message;
using MessageState = Posthorn.Messages.MessageState;

namespace Posthorn.Server.Operate.Admin.Commands;

/// <summary>An administrator's hand on one message: at once, or refused.</summary>
internal sealed class MessageHand(IEngine engine, MessagePlanner planner, ITimeline timeline, TimeProvider time)
{
    public Task RemoveAsync(Message message, Account by, bool isForced, CancellationToken cancellationToken) => DoAsync(
        new MessagePlan(message) { Kind = TimelineKind.Removed, Detail = $"removed by {by.Name}" }.As(MessagePlanner.Removal(message)),
        isForced, cancellationToken);

    public Task ChangeAsync(Message message, MessageChange change, Account by, bool isForced, CancellationToken cancellationToken)
    {
        if (change is { DueAt: not null, Delay: not null })
            throw Problems.BadRequest("dueAt and delay: give one of them.");
        if (change.Priority is not (null or (>= 0 and <= 9)))
            throw Problems.BadRequest("priority: 0 to 9.");
        var now = time.GetUtcNow();
        var dueAt = change.DueAt ?? (now + change.Delay);
        if (change is { Priority: null, Held: null } && dueAt is null)
            throw Problems.BadRequest("Nothing is to be changed: give priority, dueAt, delay or held.");
        var isReleased = change.Held == false && message.State == MessageState.Held;
        var changes = (dueAt is { } later ? MessagePlanner.DueAt(message, later) : MessageChanges.None) with
        {
            Priority = change.Priority is { } priority ? Priority.Of(priority) : null,
            DueAt = dueAt ?? (isReleased ? MessagePlan.AtOnce(message) : null),
            IsHeld = change.Held,
        };
        var plan = planner.Change(new MessagePlan(message), changes) with
        {
            Kind = change.Held == true ? TimelineKind.Held : TimelineKind.Changed,
            Detail = Describe(change, dueAt, isReleased) + $", by {by.Name}",
        };
        return DoAsync(plan, isForced || changes is { DueAt: null, IsHeld: null }, cancellationToken);
    }

    private async Task DoAsync(MessagePlan plan, bool isForced, CancellationToken cancellationToken)
    {
        if (plan.Message.State == MessageState.Leased && !isForced)
            throw Problems.MessageLeased(plan.Message.Id.ToString());
        var commit = new Commit();
        plan.Apply(commit);
        try
        {
            await engine.CommitAsync(commit, cancellationToken);
        }
        catch (CommitConflictException e) when (e.Conflicts[0].Reason == ConflictReason.MessageNotFound)
        {
            throw Problems.MessageNotFound(plan.Message.Id.ToString());
        }
        timeline.Record(plan.ToEvent());
    }

    private static string Describe(MessageChange change, DateTimeOffset? dueAt, bool isReleased)
    {
        var parts = new List<string>();
        if (change.Held == true)
            parts.Add("held");
        if (isReleased)
            parts.Add("released");
        if (change.Priority is { } priority)
            parts.Add($"priority {priority}");
        if (dueAt is { } due)
            parts.Add($"due {due.ToUniversalTime():yyyy-MM-dd HH:mm:ss}Z");
        return string.Join(", ", parts);
    }
}

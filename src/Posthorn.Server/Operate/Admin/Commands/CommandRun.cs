using Posthorn.Client.Contracts.Messages;
using Posthorn.Commits;
using Posthorn.Engine;
using Posthorn.Messages;
using Posthorn.Server.Operate.Admin.Messages;
using Posthorn.Server.Operate.Timeline;
using Message = Posthorn.Messages.Message;
using MessageState = Posthorn.Messages.MessageState;

namespace Posthorn.Server.Operate.Admin.Commands;

/// <summary>
/// Carries a command out: reads what its query selects and works on it in commits of bounded size, so that traffic goes on meanwhile.
/// </summary>
/// <remarks>
/// Diagnostics: a message that is gone is counted; one that somebody works on is tried again some times and then left alone and counted;
/// a full disk or queue or a failed engine ends the task. What was committed stays done.
/// Limits: what comes into a queue after the start is not touched, not even what this command itself moved there.
/// </remarks>
internal sealed class CommandRun(
    IEngine engine, MessagePlanner planner, ITimeline timeline, TimeProvider time, CommandTask task, MessageSelection selection)
{
    /// <summary>Most messages in a commit: large enough that syncs do not matter, small enough that others' commits hardly wait.</summary>
    public const int ChunkMax = 1_000;

    /// <summary>The same for bounces, each of which carries a mail of its own.</summary>
    public const int BouncesMax = 100;

    /// <summary>Most messages remembered to be tried again; further ones count as busy at once.</summary>
    private const int LaterMax = 10_000;

    private const int Tries = 5;

    private static readonly TimeSpan BetweenTries = TimeSpan.FromSeconds(2);

    private readonly MessageCommand _command = task.Command;
    private readonly List<MessagePlan> _chunk = [];
    private readonly int _chunkMax = task.Command.Action == MessageAction.Bounce ? BouncesMax : ChunkMax;
    private List<MessageId> _later = [];

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var startedAt = time.GetUtcNow();
        await foreach (var message in selection.ReadAsync(after: null, cancellationToken))
        {
            if (message.EnqueuedAt > startedAt || (_command.Action == MessageAction.Move && message.Queue.Value == _command.To))
                continue;
            task.Selected();
            await TakeAsync(message, cancellationToken);
        }
        await CommitAsync(cancellationToken);
        for (var i = 1; i < Tries && _later.Count > 0; i++)
        {
            await Task.Delay(BetweenTries, time, cancellationToken);
            await TryAgainAsync(cancellationToken);
        }
        _later.ForEach(task.Busy);
    }

    private async Task TryAgainAsync(CancellationToken cancellationToken)
    {
        var again = _later;
        _later = [];
        foreach (var id in again)
        {
            if (await engine.FindAsync(id, cancellationToken) is { } message && await IsStillSelectedAsync(message, cancellationToken))
                await TakeAsync(message, cancellationToken);
            else
                task.Gone();
        }
        await CommitAsync(cancellationToken);
    }

    /// <summary>While it was leased its consumer may have changed or moved it: then the query no longer means it.</summary>
    private async ValueTask<bool> IsStillSelectedAsync(Message message, CancellationToken cancellationToken) =>
        message.State == MessageState.Leased || await selection.SelectsAsync(message, cancellationToken);

    private async ValueTask TakeAsync(Message message, CancellationToken cancellationToken)
    {
        // A priority hurts no one's work; everything else would take the message from under a consumer's hands.
        if (message.State == MessageState.Leased && !_command.IncludeLeased && _command.Action != MessageAction.Priority)
        {
            Later(message.Id);
            return;
        }
        MessagePlan plan;
        try
        {
            plan = await planner.PlanAsync(message, _command, task.By, cancellationToken);
        }
        catch (BodyLostException e)
        {
            task.Refused(message.Id, e.Message);
            return;
        }
        if (plan.Refusal is { } reason)
        {
            task.Refused(message.Id, reason);
            return;
        }
        _chunk.Add(plan);
        if (_chunk.Count == _chunkMax)
            await CommitAsync(cancellationToken);
    }

    /// <summary>Commits what has gathered; what stands in the way is left out and the rest committed.</summary>
    private async ValueTask CommitAsync(CancellationToken cancellationToken)
    {
        while (_chunk.Count > 0)
        {
            var (commit, owners) = Build();
            try
            {
                await engine.CommitAsync(commit, cancellationToken);
                break;
            }
            catch (CommitConflictException e)
            {
                // Each round leaves out at least one message, so this ends.
                LeaveOut(e.Conflicts.Select(c => (Plan: owners[c.Operation], c.Reason)).DistinctBy(c => c.Plan.Message.Id).ToList());
            }
        }
        foreach (var plan in _chunk)
            timeline.Record(plan.ToEvent());
        task.Done(_chunk.Count);
        _chunk.Clear();
    }

    private (Commit Commit, List<MessagePlan> Owners) Build()
    {
        var commit = new Commit();
        var owners = new List<MessagePlan>(_chunk.Count);
        foreach (var plan in _chunk)
        {
            plan.Apply(commit);
            while (owners.Count < commit.Operations.Count)
                owners.Add(plan);
        }
        return (commit, owners);
    }

    private void LeaveOut(List<(MessagePlan Plan, ConflictReason Reason)> conflicts)
    {
        foreach (var (plan, reason) in conflicts)
        {
            _chunk.Remove(plan);
            if (reason == ConflictReason.MessageNotFound)
                task.Gone();
            else
                Later(plan.Message.Id);
        }
    }

    private void Later(MessageId message)
    {
        if (_later.Count < LaterMax)
            _later.Add(message);
        else
            task.Busy(message);
    }
}

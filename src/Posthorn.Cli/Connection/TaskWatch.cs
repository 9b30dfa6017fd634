using Posthorn.Cli.Terminal;
using Posthorn.Client.Contracts.Tasks;
using Spectre.Console;

namespace Posthorn.Cli.Connection;

/// <summary>Waits for a task's end: with a bar on a terminal, quietly in a pipe. The task goes on when the watcher leaves.</summary>
internal static class TaskWatch
{
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(300);

    /// <param name="session">The session.</param>
    /// <param name="task">The task.</param>
    /// <param name="expected">How many messages are expected; null when nobody counted.</param>
    /// <param name="cancellationToken">Ends the watching.</param>
    public static async Task<int> WatchAsync(Session session, TaskInfo task, long? expected, CancellationToken cancellationToken)
    {
        try
        {
            task = await WaitAsync(session, task, expected ?? task.Total, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            session.Surroundings.Error.WriteLine($"The task goes on: 'posthorn task show {task.Id}' shows it, 'posthorn task cancel {task.Id}' stops it.");
            throw;
        }
        return Report(session, task);
    }

    /// <summary>Says how a task ended, or how far it is.</summary>
    public static int Report(Session session, TaskInfo task)
    {
        if (!session.AnswersJson(task, j => j.TaskInfo))
        {
            session.Out.WriteLine($"{task.Description}: {Summary(task)}");
            foreach (var error in task.Errors)
                session.Out.WriteLine($"  {error.Message}  {Listing.Clean(error.Reason)}");
            var untold = task.Refused + task.Busy - task.Errors.Count;
            if (untold > 0)
                session.Out.WriteLine($"  and {Readable.Count(untold, "other")}");
        }
        return task switch
        {
            { State: TaskState.Failed or TaskState.Cancelled } => ExitCode.Failure,
            { IsEnded: false } => ExitCode.Ok,
            { Refused: > 0 } or { Busy: > 0 } => ExitCode.Refused,
            _ => ExitCode.Ok,
        };
    }

    private static string Summary(TaskInfo task)
    {
        var parts = new List<string> { $"{Readable.Count(task.Done, "message")} done" };
        if (task.Refused > 0)
            parts.Add($"{Readable.Number(task.Refused)} refused");
        if (task.Busy > 0)
            parts.Add($"{Readable.Number(task.Busy)} in somebody's hands, left alone (--include-leased takes them)");
        if (task.Gone > 0)
            parts.Add($"{Readable.Number(task.Gone)} gone meanwhile");
        if (task.State == TaskState.Failed)
            parts.Add($"then it failed: {task.Failure}");
        else if (task.State != TaskState.Succeeded)
            parts.Add(Readable.Word(task.State));
        if (task.Order is { } order)
            parts.Add($"standing order {order} is in force");
        return string.Join(", ", parts);
    }

    private static async Task<TaskInfo> WaitAsync(Session session, TaskInfo task, long? expected, CancellationToken cancellationToken)
    {
        // A bar that would flash up for nothing is worse than none.
        task = await session.Client.GetTaskAsync(task.Id, Glance, cancellationToken);
        if (task.IsEnded || session.IsJson || !session.Surroundings.IsErrorTerminal)
            return await session.Client.WaitAsync(task, cancellationToken);
        var console = session.Surroundings.CreateConsole(session.Surroundings.Error, isTerminal: true);
        await console.Progress().AutoClear(true).HideCompleted(false)
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .StartAsync(async progress =>
            {
                var bar = progress.AddTask(Markup.Escape(task.Description), maxValue: Math.Max(1, expected ?? 0));
                bar.IsIndeterminate = expected is null;
                while (!task.IsEnded)
                {
                    bar.Value = task.Done + task.Gone + task.Refused;
                    bar.Description = Markup.Escape($"{task.Description}: {Readable.Number(task.Done)}");
                    task = await session.Client.GetTaskAsync(task.Id, Glance, cancellationToken);
                }
            });
        return task;
    }
}

using System.CommandLine;
using Posthorn.Cli.Connection;
using Posthorn.Cli.Terminal;
using Posthorn.Client.Contracts.Tasks;

namespace Posthorn.Cli.Steering;

/// <summary><c>posthorn task …</c></summary>
internal static class TaskCommands
{
    public static Command Build(ServerOptions server)
    {
        var group = new Command("task", "Large jobs: see how far they are, wait, cancel");
        group.Subcommands.Add(List(server));
        group.Subcommands.Add(Show(server));
        group.Subcommands.Add(Cancel(server));
        return group;
    }

    private static Argument<string> Id() => new("id") { Description = "The task's id" };

    private static Command List(ServerOptions server) =>
        server.Does(new Command("list", "Tasks that run, wait, or ended lately"), async (_, session, cancellationToken) =>
        {
            var tasks = await session.Client.ListTasksAsync(cancellationToken);
            if (session.AnswersJson(new TaskList(tasks), j => j.TaskList))
                return ExitCode.Ok;
            if (tasks.Count == 0)
                return session.Done("No tasks.");
            var listing = new Listing("id", "state", ">done", ">refused", ">busy", ">gone", ">age", "by", "what");
            foreach (var t in tasks)
            {
                listing.Add(
                    t.Id, Readable.Word(t.State), Readable.Number(t.Done) + (t.Total is { } total ? $" of {Readable.Number(total)}" : ""), Readable.Number(t.Refused),
                    Readable.Number(t.Busy), Readable.Number(t.Gone), Readable.Age(t.CreatedAt, session.Now), t.By, t.Description);
            }
            listing.Write(session.Surroundings);
            return ExitCode.Ok;
        });

    private static Command Show(ServerOptions server)
    {
        var id = Id();
        var wait = new Option<bool>("--wait") { Description = "Wait for its end" };
        return server.Does(new Command("show", "One task: how far it is, and what it could not handle") { id, wait }, async (parsed, session, cancellationToken) =>
        {
            var task = await session.Client.GetTaskAsync(parsed.GetRequiredValue(id), cancellationToken: cancellationToken);
            return parsed.GetValue(wait) ? await TaskWatch.WatchAsync(session, task, task.Total, cancellationToken) : TaskWatch.Report(session, task);
        });
    }

    private static Command Cancel(ServerOptions server)
    {
        var id = Id();
        return server.Does(new Command("cancel", "Stop a task after the commit it is in; what it has done stays done") { id }, async (parsed, session, cancellationToken) =>
        {
            await session.Client.CancelTaskAsync(parsed.GetRequiredValue(id), cancellationToken);
            return session.Done($"Task {parsed.GetValue(id)} is cancelled.");
        });
    }
}

using System.CommandLine;
using Posthorn.Cli.Connection;
using Posthorn.Cli.Terminal;
using Posthorn.Client.Contracts.Tasks;
using Posthorn.Client.Contracts.Webhooks;

namespace Posthorn.Cli.Webhooks;

/// <summary><c>posthorn webhook replay</c>: posts again what an endpoint missed.</summary>
internal static class WebhookReplayCommand
{
    public static Command Build(ServerOptions server)
    {
        var name = WebhookCommands.Name();
        var message = new Option<string?>("--message") { Description = "This one: a dead letter, a delivered one that is kept, or one that waits", HelpName = "ID" };
        var from = new Option<DateTimeOffset?>("--from") { Description = "Accepted at this time or later (ISO 8601)", HelpName = "WHEN" };
        var to = new Option<DateTimeOffset?>("--to") { Description = "Accepted before this time (ISO 8601)", HelpName = "WHEN" };
        var delivered = new Option<bool>("--delivered") { Description = "Also what was delivered in that time and is kept (the queue's keep-consumed)" };
        var noWait = new Option<bool>("--no-wait") { Description = "Start the tasks and leave" };
        var command = new Command("replay", "Post messages again that it missed: one, a range of time, or all dead letters") { name, message, from, to, delivered, noWait };
        return server.Does(command, async (parsed, session, cancellationToken) =>
        {
            var replay = new WebhookReplay
            {
                Message = parsed.GetValue(message), From = parsed.GetValue(from), To = parsed.GetValue(to), Delivered = parsed.GetValue(delivered),
            };
            var tasks = await session.Client.ReplayWebhookAsync(parsed.GetRequiredValue(name), replay, cancellationToken);
            if (tasks.Count == 0)
                return session.AnswersJson(new TaskList(tasks), j => j.TaskList) ? ExitCode.Ok : session.Done("Nothing was missed.");
            if (parsed.GetValue(noWait))
                return Leave(session, tasks);
            var code = ExitCode.Ok;
            foreach (var task in tasks)
                code = Math.Max(code, await TaskWatch.WatchAsync(session, task, task.Total, cancellationToken));
            return code;
        });
    }

    private static int Leave(Session session, IReadOnlyList<TaskInfo> tasks)
    {
        if (session.AnswersJson(new TaskList(tasks), j => j.TaskList))
            return ExitCode.Ok;
        foreach (var task in tasks)
            session.Out.WriteLine($"Task {task.Id}: {task.Description}");
        return ExitCode.Ok;
    }
}

using System.CommandLine;
using Posthorn.Cli.Connection;
using Posthorn.Cli.Terminal;
using Posthorn.Client;
using Posthorn.Client.Contracts.Messages;

namespace Posthorn.Cli.Messages;

/// <summary>Runs a command on many messages with the care it asks for: a dry run, the count and a question before what cannot be undone.</summary>
internal sealed class AskOptions
{
    private readonly Option<bool> _yes = new("--yes", "-y") { Description = "Do not ask" };
    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Only count, and show the first ones" };
    private readonly Option<bool> _includeLeased = new("--include-leased")
    {
        Description = "Also what somebody is working on: the lease ends, and what they do meanwhile may come twice",
    };

    private readonly Option<bool> _noWait = new("--no-wait") { Description = "Start the task and leave" };

    public void AddTo(Command command)
    {
        foreach (var option in new[] { _yes, _dryRun, _includeLeased, _noWait })
            command.Options.Add(option);
    }

    public async Task<int> RunAsync(ParseResult parsed, Session session, MessageCommand command, CancellationToken cancellationToken)
    {
        command = command with { IncludeLeased = parsed.GetValue(_includeLeased) };
        if (parsed.GetValue(_dryRun))
            return Show(session, command, await session.Client.PreviewAsync(command, cancellationToken));
        long? expected = null;
        if (IsGrave(command) && command.Query.Ids is null && !parsed.GetValue(_yes))
        {
            var preview = await session.Client.PreviewAsync(command, cancellationToken);
            expected = preview.Count;
            if (preview.Count == 0 && command.For is null)
                return session.Done("No message is selected.");
            if (!session.Surroundings.Confirm($"{Readable.Word(command.Action)} {Readable.Count(preview.Count, "message")}?"))
                return ExitCode.Refused;
        }
        var task = await session.Client.StartAsync(command, cancellationToken);
        if (parsed.GetValue(_noWait))
            return session.AnswersJson(task, j => j.TaskInfo) ? ExitCode.Ok : session.Done($"Task {task.Id}: {task.Description}");
        var code = await TaskWatch.WatchAsync(session, task, expected ?? command.Query.Ids?.Count, cancellationToken);
        return code == ExitCode.Ok && command.Query.Ids is { } ids ? await MissingAsync(session, task.Id, ids, cancellationToken) : code;
    }

    /// <summary>Messages that were named and not found: the task passes over them, the caller wants to know.</summary>
    private static async Task<int> MissingAsync(Session session, string task, IReadOnlyList<string> ids, CancellationToken cancellationToken)
    {
        var ended = await session.Client.GetTaskAsync(task, cancellationToken: cancellationToken);
        if (ended.Done >= ids.Count)
            return ExitCode.Ok;
        if (ended.Done == 0 && ids.Count == 1)
            throw new PosthornNotFoundException("message-not-found", $"There is no message {ids[0]} to {Readable.Word(ended.Action)}; 'posthorn trace {ids[0]}' tells what became of it.");
        session.Surroundings.Fail($"{ids.Count - ended.Done} of the {ids.Count} messages named were not there.");
        return ExitCode.NotFound;
    }

    /// <summary>What cannot simply be taken back.</summary>
    private static bool IsGrave(MessageCommand command) =>
        command.Action is MessageAction.Remove or MessageAction.Discard or MessageAction.Bounce or MessageAction.Move or MessageAction.Rerun;

    private static int Show(Session session, MessageCommand command, MessagePreview preview)
    {
        if (session.AnswersJson(preview, j => j.MessagePreview))
            return ExitCode.Ok;
        session.Out.WriteLine($"{Readable.Word(command.Action)} would take {Readable.Count(preview.Count, "message")}{(preview.Count > preview.First.Count ? "; the first:" : preview.Count > 0 ? ":" : ".")}");
        if (preview.Count > 0)
            MessageListing.Write(session, preview.First);
        return ExitCode.Ok;
    }
}

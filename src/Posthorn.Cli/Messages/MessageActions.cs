using System.CommandLine;
using Posthorn.Cli.Connection;
using Posthorn.Cli.Terminal;
using Posthorn.Client.Contracts.Messages;

namespace Posthorn.Cli.Messages;

/// <summary>The commands that do something with messages: with those named, or with all a filter selects.</summary>
internal static class MessageActions
{
    public static IEnumerable<Command> Build(ServerOptions server)
    {
        var due = new Option<DateTimeOffset?>("--at") { Description = "At this time (ISO 8601)", HelpName = "WHEN" };
        var delay = OptionKinds.Duration("--in", "This long from now; without --in and --at at once");
        var priority = new Option<int>("--to") { Description = "0 (lowest) to 9 (highest)", Required = true, HelpName = "0-9" };
        var queue = new Option<string>("--to") { Description = "The queue to move to", Required = true, HelpName = "QUEUE" };
        yield return Action(server, MessageAction.Remove, "Remove messages, without a word to anyone", hasFor: true);
        yield return Action(server, MessageAction.Discard, "Remove messages for good, and what their queues keep of them");
        yield return Action(
            server, MessageAction.Reschedule, "Set when messages are due", command: (c, p) => c with { DueAt = p.GetValue(due), Delay = p.GetValue(delay) }, options: [due, delay]);
        yield return Action(server, MessageAction.Priority, "Set the priority of messages", command: (c, p) => c with { Priority = p.GetValue(priority) }, options: [priority]);
        yield return Action(server, MessageAction.Hold, "Hold messages until they are released", hasFor: true);
        yield return Action(server, MessageAction.Release, "Release held messages; they are due at once");
        yield return Action(server, MessageAction.Move, "Move messages to another queue", command: (c, p) => c with { To = p.GetValue(queue) }, options: [queue]);
        yield return Action(server, MessageAction.Replay, "Make consumed messages ready again, where they were consumed");
        yield return Action(server, MessageAction.Rerun, "Send mail through the pipeline again, from its start");
        yield return Action(server, MessageAction.Bounce, "Return mail to its sender", hasFor: true);
    }

    private static Command Action(
        ServerOptions server, MessageAction action, string description, bool hasFor = false, Func<MessageCommand, ParseResult, MessageCommand>? command = null,
        Option[]? options = null)
    {
        var ids = new Argument<string[]>("id") { Description = "Messages by id; none selects by filter", Arity = ArgumentArity.ZeroOrMore };
        var all = new Option<bool>("--all") { Description = "All messages of all queues" };
        var reason = new Option<string?>("--reason")
        {
            Description = action == MessageAction.Bounce ? "The reply the sender is told [550 5.7.1 Returned by the administrator]" : "A note for the timeline",
            HelpName = "TEXT",
        };
        var duration = OptionKinds.Duration("--for", "Also what is in flight or comes within this time; by sender, recipient and domain only");
        var filter = new MessageFilterOptions(hasQueue: true);
        var asking = new AskOptions();
        var built = new Command(Readable.Word(action), description) { ids, all };
        foreach (var option in options ?? [])
            built.Options.Add(option);
        filter.AddTo(built);
        built.Options.Add(reason);
        if (hasFor)
            built.Options.Add(duration);
        asking.AddTo(built);
        return server.Does(built, (parsed, session, cancellationToken) =>
        {
            var query = filter.Read(parsed);
            var named = parsed.GetValue(ids) is { Length: > 0 } list ? list : null;
            var isAll = parsed.GetValue(all);
            if (named is null && query == new MessageQuery() && !isAll)
                throw new UsageException("Which messages? Name them by id, select them by a filter such as --queue or --domain, or say --all.");
            if (isAll && (named is not null || query != new MessageQuery()))
                throw new UsageException("--all: everything it is, or a selection; not both.");
            var given = new MessageCommand
            {
                Action = action, Query = query with { Ids = named }, Reason = parsed.GetValue(reason), For = hasFor ? parsed.GetValue(duration) : null,
            };
            return asking.RunAsync(parsed, session, command is null ? given : command(given, parsed), cancellationToken);
        });
    }
}

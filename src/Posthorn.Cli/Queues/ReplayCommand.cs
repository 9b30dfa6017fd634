using System.CommandLine;
using Posthorn.Cli.Connection;
using Posthorn.Cli.Messages;
using Posthorn.Client.Contracts.Messages;

namespace Posthorn.Cli.Queues;

/// <summary><c>posthorn queue replay</c>: what a queue has consumed and keeps, put back by range of time or by filter.</summary>
internal static class ReplayCommand
{
    public static Command Build(ServerOptions server)
    {
        var name = QueueCommands.Name();
        var from = new Option<DateTimeOffset?>("--from") { Description = "Consumed at this time or later (ISO 8601)", HelpName = "WHEN" };
        var to = new Option<DateTimeOffset?>("--to") { Description = "Consumed before this time (ISO 8601)", HelpName = "WHEN" };
        var into = new Option<string?>("--into") { Description = "The queue they go to [the one they were consumed from]", HelpName = "QUEUE" };
        var filter = new MessageFilterOptions(hasQueue: false);
        var asking = new AskOptions();
        var command = new Command("replay", "Make what was consumed ready again: all that is kept, a range of time, or what a filter selects") { name, from, to, into };
        filter.AddTo(command);
        asking.AddTo(command);
        return server.Does(command, (parsed, session, cancellationToken) => asking.RunAsync(
            parsed, session,
            new MessageCommand
            {
                Action = MessageAction.Replay,
                To = parsed.GetValue(into),
                Query = filter.Read(parsed) with
                {
                    Queues = [parsed.GetRequiredValue(name)],
                    ConsumedFrom = parsed.GetValue(from),
                    ConsumedBefore = parsed.GetValue(to),
                },
            },
            cancellationToken));
    }
}

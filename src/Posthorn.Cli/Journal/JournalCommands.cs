using System.CommandLine;
using Posthorn.Cli.Serving;
using Posthorn.Cli.Terminal;
using Posthorn.Engine;
using Posthorn.Messages;

namespace Posthorn.Cli.Journal;

/// <summary><c>posthorn journal …</c>: looks into a data folder that no server is using.</summary>
internal static class JournalCommands
{
    public static Command Build(Surroundings surroundings)
    {
        var group = new Command("journal", "A data folder that no server is using: check it, list what it holds");
        group.Subcommands.Add(Check(surroundings));
        group.Subcommands.Add(Dump(surroundings));
        return group;
    }

    private static Option<string> Data() => new("--data", "-d") { Description = "The data folder", DefaultValueFactory = _ => "./data", HelpName = "FOLDER" };

    private static Command Check(Surroundings surroundings)
    {
        var data = Data();
        var command = new Command("check", "Open the journal as a start would, and read every message against its checksum") { data };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var (messages, bytes, damaged) = (0L, 0L, 0L);
            await BrowseAsync(surroundings, parsed.GetRequiredValue(data), async (engine, message) =>
            {
                messages++;
                bytes += message.Content.Length;
                try
                {
                    await using var content = await engine.OpenAsync(message.Content, cancellationToken);
                    await content.CopyToAsync(Stream.Null, cancellationToken);
                }
                catch (BodyLostException e)
                {
                    damaged++;
                    surroundings.Out.WriteLine($"{message.Id}  {message.Queue}  {Listing.Clean(e.Message)}");
                }
            }, cancellationToken);
            surroundings.Out.WriteLine($"{Readable.Count(messages, "message")}, {Readable.Size(bytes)}: {(damaged == 0 ? "all of it is as it was written." : $"{Readable.Number(damaged)} cannot be read.")}");
            return damaged == 0 ? ExitCode.Ok : ExitCode.Failure;
        });
        return command;
    }

    private static Command Dump(Surroundings surroundings)
    {
        var data = Data();
        var command = new Command("dump", "List every message, one a line: queue, number, id, state, priority, accepted, size, sender, recipients") { data };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await BrowseAsync(surroundings, parsed.GetRequiredValue(data), (_, m) =>
            {
                string?[] values =
                [
                    m.Queue, m.Number.ToString(), m.Id.ToString(), Readable.Word(m.State), m.Priority.ToString(), Readable.Moment(m.AcceptedAt),
                    m.Content.Length.ToString(), m.Envelope.Sender is "" ? "<>" : m.Envelope.Sender ?? "-", string.Join(' ', m.Envelope.Recipients.Select(r => r.Address)),
                ];
                surroundings.Out.WriteLine(string.Join('\t', values.Select(v => Listing.Clean(v ?? ""))));
                return Task.CompletedTask;
            }, cancellationToken);
            return ExitCode.Ok;
        });
        return command;
    }

    private static async Task BrowseAsync(Surroundings surroundings, string data, Func<IEngine, Message, Task> action, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(DataFolder.JournalOf(data)))
            throw new UsageException($"--data: there is no journal in '{data}'.");
        using var files = DataFolder.Open(data);
        await using var engine = await DataFolder.OpenEngineAsync(files, data, surroundings.Time, cancellationToken);
        foreach (var queue in engine.Queues())
            await foreach (var message in engine.BrowseAsync(queue.Name, MessageFilter.All, cancellationToken))
                await action(engine, message);
    }
}

using System.CommandLine;
using System.Text.Json.Nodes;
using Posthorn.Cli.Connection;
using Posthorn.Cli.Serving;
using Posthorn.Cli.Terminal;
using Posthorn.Engine;
using Posthorn.Files;
using Posthorn.Journal.Recovery;
using Posthorn.Messages;

namespace Posthorn.Cli.Journal;

/// <summary><c>posthorn journal …</c>: looks into, and mends, a data folder that no server is using.</summary>
internal static class JournalCommands
{
    public static Command Build(Surroundings surroundings, ServerOptions server)
    {
        var group = new Command("journal", "A data folder that no server is using: check it, repair it, list what it holds");
        group.Subcommands.Add(Check(surroundings, server));
        group.Subcommands.Add(Repair(surroundings, server));
        group.Subcommands.Add(Dump(surroundings, server));
        return group;
    }

    private static Option<string> Data() => new("--data", "-d") { Description = "The data folder", DefaultValueFactory = _ => "./data", HelpName = "FOLDER" };

    private static Option<string?> Bodies() => new("--bodies") { Description = "The store that has its large bodies, when the server's configuration names one: engine.bodies", HelpName = "PLACE" };

    private static Command Check(Surroundings surroundings, ServerOptions server)
    {
        var (data, bodies) = (Data(), Bodies());
        var command = new Command("check", "Verify all that is written; when it is sound, open it as a start would and read every message") { data, bodies };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var (folder, isJson) = (parsed.GetRequiredValue(data), server.IsJson(parsed));
            using var files = Open(folder);
            var findings = await CheckAsync(files, parsed.GetValue(bodies), cancellationToken);
            if (isJson)
            {
                var inventory = findings.Count == 0 ? await InventoryAsync(surroundings, files, folder, parsed.GetValue(bodies), cancellationToken) : null;
                JournalReport.Write(surroundings, new JsonObject { ["findings"] = JournalReport.Of(findings), ["holds"] = inventory?.ToJson() });
                return findings.Count == 0 && inventory!.IsReadable ? ExitCode.Ok : ExitCode.Failure;
            }
            if (findings.Count == 0)
                return JournalReport.Tell(surroundings, await InventoryAsync(surroundings, files, folder, parsed.GetValue(bodies), cancellationToken));
            JournalReport.List(surroundings, findings);
            surroundings.Out.WriteLine($"Nothing was changed. Restore the folder from a copy, or see what a repair would do: posthorn journal repair --data {folder} --dry-run");
            return ExitCode.Failure;
        });
        return command;
    }

    private static Command Repair(Surroundings surroundings, ServerOptions server)
    {
        var (data, bodies) = (Data(), Bodies());
        var dryRun = new Option<bool>("--dry-run") { Description = "Only tell what would be set aside" };
        var command = new Command(
            "repair",
            "Make a damaged journal usable again: damaged bytes are copied to journal/damaged and marked as a gap, everything else stays. "
            + "What was recorded in them is lost: messages added there are gone, ones removed there may come back. Copy the folder first.")
        { data, bodies, dryRun };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var (folder, isDryRun, isJson) = (parsed.GetRequiredValue(data), parsed.GetValue(dryRun), server.IsJson(parsed));
            using var files = Open(folder);
            var repaired = await JournalRepair.RunAsync(files, isDryRun, cancellationToken);
            if (!isJson)
                Tell(surroundings, repaired, folder, isDryRun);
            // Opened at once: whether a start will succeed is what the operator wants to know.
            var inventory = isDryRun ? null : await InventoryAsync(surroundings, files, folder, parsed.GetValue(bodies), cancellationToken);
            if (isJson)
                JournalReport.Write(surroundings, new JsonObject { ["isDryRun"] = isDryRun, ["repaired"] = JournalReport.Of(repaired), ["holds"] = inventory?.ToJson() });
            else if (inventory is not null)
                return JournalReport.Tell(surroundings, inventory);
            return inventory is null or { IsReadable: true } ? ExitCode.Ok : ExitCode.Failure;
        });
        return command;
    }

    private static void Tell(Surroundings surroundings, IReadOnlyList<JournalFinding> repaired, string folder, bool isDryRun)
    {
        if (repaired.Count == 0)
        {
            surroundings.Out.WriteLine("Nothing has to be repaired.");
            return;
        }
        JournalReport.List(surroundings, repaired);
        surroundings.Out.WriteLine(isDryRun
            ? "A dry run: nothing was changed."
            : $"Repaired. What was set aside is in {Path.Combine(DataFolder.JournalOf(folder), "damaged")}; nothing reads it again.");
    }

    private static Command Dump(Surroundings surroundings, ServerOptions server)
    {
        var (data, bodies) = (Data(), Bodies());
        var command = new Command("dump", "List every message, one a line: queue, number, id, state, priority, accepted, size, sender, recipients") { data, bodies };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var (folder, isJson) = (parsed.GetRequiredValue(data), server.IsJson(parsed));
            using var files = Open(folder);
            await BrowseAsync(surroundings, files, folder, parsed.GetValue(bodies), (_, m) =>
            {
                surroundings.Out.WriteLine(isJson ? JournalReport.Of(m).ToJsonString() : JournalReport.Line(m));
                return Task.CompletedTask;
            }, cancellationToken);
            return ExitCode.Ok;
        });
        return command;
    }

    private static async Task<IReadOnlyList<JournalFinding>> CheckAsync(PhysicalFileSystem files, string? bodies, CancellationToken cancellationToken)
    {
        var outside = BodyPlace.Open(bodies);
        try
        {
            return await JournalCheck.RunAsync(files, outside, cancellationToken);
        }
        catch (EngineUnavailableException e)
        {
            throw new StartException($"The bodies cannot be read (--bodies): {e.Message}", e);
        }
        finally
        {
            if (outside is not null)
                await outside.DisposeAsync();
        }
    }

    private static PhysicalFileSystem Open(string data) =>
        Directory.Exists(DataFolder.JournalOf(data)) ? DataFolder.Open(data) : throw new UsageException($"--data: there is no journal in '{data}'.");

    private static async Task<JournalInventory> InventoryAsync(
        Surroundings surroundings, PhysicalFileSystem files, string data, string? bodies, CancellationToken cancellationToken)
    {
        var inventory = new JournalInventory();
        await BrowseAsync(surroundings, files, data, bodies, (engine, message) => inventory.AddAsync(engine, message, cancellationToken), cancellationToken);
        return inventory;
    }

    private static async Task BrowseAsync(
        Surroundings surroundings, PhysicalFileSystem files, string data, string? bodies, Func<IEngine, Message, Task> action, CancellationToken cancellationToken)
    {
        await using var engine = await DataFolder.OpenEngineAsync(files, data, surroundings.Time, cancellationToken, bodies: BodyPlace.Open(bodies));
        foreach (var queue in engine.Queues())
            await foreach (var message in engine.BrowseAsync(queue.Name, MessageFilter.All, cancellationToken))
                await action(engine, message);
    }
}

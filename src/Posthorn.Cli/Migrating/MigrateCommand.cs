using System.CommandLine;
using Posthorn.Bodies;
using Posthorn.Cli.Connection;
using Posthorn.Cli.Serving;
using Posthorn.Cli.Terminal;
using Posthorn.Engine;
using Posthorn.Engine.Transfer;
using Posthorn.PostgreSql;

namespace Posthorn.Cli.Migrating;

/// <summary><c>posthorn migrate</c>: moves all queues of a stopped server between a data folder and a database.</summary>
internal static class MigrateCommand
{
    private const string Goal =
        "Move all queues of a stopped server between a data folder and a PostgreSQL database, either way: ids, numbers, flags, bodies, everything. "
        + "What is moved from stays as it is. Ended at any point, the same command goes on; at the end both are compared, and only then a server starts on the target.";

    public static Command Build(Surroundings surroundings, ServerOptions server)
    {
        var from = Place("--from", "Where the queues are: a data folder, or a connection string (\"Host=…\")");
        var to = Place("--to", "Where they go: a new data folder, or the connection string of a database without them");
        var schema = new Option<string>("--schema") { Description = "The schema in the database", DefaultValueFactory = _ => "posthorn", HelpName = "NAME" };
        var (fromBodies, toBodies) = (Bodies("--from-bodies", "are"), Bodies("--to-bodies", "go"));
        var verify = new Option<bool>("--verify") { Description = "Only compare the two" };
        var dryRun = new Option<bool>("--dry-run") { Description = "Only look whether it could be done, and say what would be moved" };
        var command = new Command("migrate", Goal) { from, to, schema, fromBodies, toBodies, verify, dryRun };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var source = new StorePlace(parsed.GetRequiredValue(from), parsed.GetRequiredValue(schema), parsed.GetValue(fromBodies), surroundings.Time);
            await using var target = new StorePlace(parsed.GetRequiredValue(to), parsed.GetRequiredValue(schema), parsed.GetValue(toBodies), surroundings.Time);
            if (parsed.GetRequiredValue(from).Trim() == parsed.GetRequiredValue(to).Trim())
                throw new UsageException("--from and --to are the same.");
            var report = new MigrationReport(surroundings, server.IsJson(parsed));
            try
            {
                return parsed.GetValue(verify) ? await VerifyAsync(source, target, report, surroundings, cancellationToken)
                    : parsed.GetValue(dryRun) ? await LookAsync(source, target, report, cancellationToken)
                    : await MoveAsync(source, target, report, surroundings, cancellationToken);
            }
            catch (BodyStoreUnusableException e)
            {
                report.End();
                throw new StartException($"{e.Message} Here: --from-bodies and --to-bodies.", e);
            }
            catch (TransferException e)
            {
                report.End();
                surroundings.Fail(e.Message);
                return ExitCode.Refused;
            }
            catch (Exception e) when (EngineOutage.Is(e) || e is DatabaseUnusableException or BodyLostException or StorageFullException or ArgumentException)
            {
                report.End();
                throw new StartException(e.Message, e);
            }
        });
        return command;
    }

    private static Option<string> Place(string name, string description) => new(name) { Description = description, Required = true, HelpName = "PLACE" };

    private static Option<string?> Bodies(string name, string which) => new(name)
    {
        Description = $"The store outside of it where large bodies {which}, as engine.bodies names it: s3://… or a folder", HelpName = "PLACE",
    };

    private static async Task<int> MoveAsync(StorePlace from, StorePlace to, MigrationReport report, Surroundings surroundings, CancellationToken cancellationToken)
    {
        await using var source = await from.OpenSourceAsync(cancellationToken);
        await using var target = to.OpenTarget();
        report.Begin(source, target.Name);
        var comparison = await EngineTransfer.RunAsync(source, target, surroundings.Time, report.Progress, cancellationToken);
        return report.Tell(comparison, source, to, from.Others, isMoved: true);
    }

    private static async Task<int> VerifyAsync(StorePlace from, StorePlace to, MigrationReport report, Surroundings surroundings, CancellationToken cancellationToken)
    {
        await using var source = await from.OpenSourceAsync(cancellationToken);
        await using var other = await to.OpenSourceAsync(cancellationToken);
        report.Begin(source, other.Name);
        var comparison = await EngineTransfer.CompareAsync(source, other, surroundings.Time, report.Progress, cancellationToken);
        return report.Tell(comparison, source, to, [], isMoved: false);
    }

    private static async Task<int> LookAsync(StorePlace from, StorePlace to, MigrationReport report, CancellationToken cancellationToken)
    {
        await using var source = await from.OpenSourceAsync(cancellationToken);
        long? moved = null;
        if (!to.IsMissing)
        {
            await using var target = to.OpenTarget();
            moved = await EngineTransfer.LookAsync(source, target, cancellationToken);
        }
        report.TellDryRun(source, moved, from.Others);
        return ExitCode.Ok;
    }
}

using System.CommandLine;
using Posthorn.Cli.Connection;
using Posthorn.Cli.Terminal;
using Posthorn.Client.Contracts.Queues;

namespace Posthorn.Cli.Queues;

/// <summary><c>posthorn queue shape</c>: what waits, by age and destination, as a table and a histogram.</summary>
internal static class ShapeCommand
{
    private const int BarWidth = 50;

    public static Command Build(ServerOptions server)
    {
        var name = QueueCommands.Name();
        var by = OptionKinds.Word<ShapeBy>("--by", "What the rows are");
        var rows = new Option<int?>("--rows") { Description = "How many rows, the largest first [20]", HelpName = "N" };
        return server.Does(new Command("shape", "The age of what waits, by destination, sender or error") { name, by, rows }, async (parsed, session, cancellationToken) =>
        {
            var shape = await session.Client.GetQueueShapeAsync(
                parsed.GetRequiredValue(name), parsed.GetValue(by) ?? ShapeBy.Destination, parsed.GetValue(rows), cancellationToken);
            if (session.AnswersJson(shape, j => j.QueueShape))
                return ExitCode.Ok;
            if (shape.Total.Messages == 0)
                return session.Done($"Queue {shape.Queue} is empty.");
            WriteTable(session, shape);
            session.Out.WriteLine();
            WriteHistogram(session, shape);
            return ExitCode.Ok;
        });
    }

    private static void WriteTable(Session session, QueueShape shape)
    {
        var listing = new Listing([Readable.Word(shape.By), ">total", .. Ages(shape).Select(a => ">" + a)]);
        AddRow("TOTAL", shape.Total);
        foreach (var row in shape.Rows)
            AddRow(row.Key.Length == 0 ? shape.By == ShapeBy.Sender ? "<>" : "-" : row.Key, row);
        listing.Write(session.Surroundings);
        if (shape.Others > 0)
            session.Out.WriteLine($"and {Readable.Number(shape.Others)} in rows not shown");

        void AddRow(string key, ShapeRow row) => listing.Add([key, Readable.Number(row.Messages), .. row.ByAge.Select(n => (object?)(n == 0 ? "." : Readable.Number(n)))]);
    }

    private static void WriteHistogram(Session session, QueueShape shape)
    {
        var most = Math.Max(1, shape.Total.ByAge.Max());
        foreach (var (age, count) in Ages(shape).Zip(shape.Total.ByAge))
        {
            var bar = new string('#', (int)Math.Ceiling(count * (double)BarWidth / most));
            session.Out.WriteLine($"{age,7}  {bar} {(count == 0 ? "" : Readable.Number(count))}".TrimEnd());
        }
    }

    /// <summary>The titles of the age classes: up to 5 m, 10 m, …, and above.</summary>
    private static IEnumerable<string> Ages(QueueShape shape) =>
        shape.AgesTo.Select(a => "<" + Readable.Duration(a)).Append(Readable.Duration(shape.AgesTo[^1]) + "+");
}

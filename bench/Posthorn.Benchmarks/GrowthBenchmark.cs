using System.Diagnostics;
using System.Globalization;
using Posthorn.Commits;
using Posthorn.Files;
using Posthorn.Journal;
using Posthorn.Leases;
using Posthorn.Queues;

namespace Posthorn.Benchmarks;

/// <summary>
/// What waiting messages cost the embedded engine: the start, memory, disk, and operations beside them. One backlog a process, so that memory is its own;
/// prints <c>ROW name figure</c>, see bench/compare/growth.sh.
/// </summary>
internal static class GrowthBenchmark
{
    private const int Callers = 64;
    private static readonly TimeSpan s_warmUp = TimeSpan.FromSeconds(1);

    /// <param name="folder">A journal's folder with the backlog, see <see cref="Backlog"/>.</param>
    /// <param name="count">How many wait in its queue <c>growth</c>.</param>
    /// <param name="bodyBytes">Bytes of each body.</param>
    /// <param name="indexBytesMax">The index's budget.</param>
    /// <param name="time">How long a row is measured.</param>
    public static async Task RunAsync(string folder, long count, int bodyBytes, long indexBytesMax, TimeSpan time)
    {
        var backlog = new Backlog(QueueName.Parse("growth"), bodyBytes);
        using var files = new PhysicalFileSystem(folder);
        var begun = Stopwatch.GetTimestamp();
        await using var engine = await JournalEngine.OpenAsync(files, new JournalOptions { IndexBytesMax = indexBytesMax }, TimeProvider.System);
        Row("start", Stopwatch.GetElapsedTime(begun).TotalSeconds);
        if ((engine.Status(backlog.Queue)?.Messages ?? 0) != count)
            throw new InvalidOperationException($"{engine.Status(backlog.Queue)?.Messages ?? 0} messages wait in {folder} and not {count}.");
        Row("memory", Memory() / 1048576.0);
        Row("disk", DiskBytes(folder) / 1048576.0);
        Row("cold", engine.ColdMessages);
        foreach (var (name, operation) in new (string, Func<Task<int>>)[] { ("send", () => SendAsync(engine, backlog)), ("cycle", () => CycleAsync(engine, backlog)) })
        {
            await MeasureAsync(s_warmUp, operation);
            await backlog.BringToAsync(engine, count);
            Row(name, await MeasureAsync(time, operation));
            await backlog.BringToAsync(engine, count);
        }
    }

    private static void Row(string name, double figure) => Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"ROW {name} {(figure >= 1000 ? Math.Round(figure) : figure):0.##}"));

    private static async Task<int> SendAsync(JournalEngine engine, Backlog backlog)
    {
        await engine.CommitAsync(new Commit().Add(backlog.Message()));
        return 1;
    }

    private static async Task<int> CycleAsync(JournalEngine engine, Backlog backlog)
    {
        var commit = new Commit();
        for (var i = 0; i < 10; i++)
            commit.Add(backlog.Message());
        await engine.CommitAsync(commit);
        var leases = await engine.LeaseAsync(backlog.Queue, new LeaseRequest { MessagesMax = 10 });
        if (leases.Count > 0)
            await engine.CommitAsync(leases.Aggregate(new Commit(), (acks, lease) => acks.Remove(lease)));
        return leases.Count;
    }

    private static async Task<double> MeasureAsync(TimeSpan time, Func<Task<int>> operation)
    {
        var watch = Stopwatch.StartNew();
        var counts = await Task.WhenAll(Enumerable.Range(0, Callers).Select(_ => Task.Run(async () =>
        {
            long done = 0;
            while (watch.Elapsed < time)
                done += await operation();
            return done;
        })));
        return counts.Sum() / watch.Elapsed.TotalSeconds;
    }

    private static long Memory()
    {
        GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }

    private static long DiskBytes(string folder) => Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Sum(file => new FileInfo(file).Length);
}

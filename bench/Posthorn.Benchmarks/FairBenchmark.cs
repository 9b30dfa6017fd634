using System.Diagnostics;
using Posthorn.Bodies;
using Posthorn.Commits;
using Posthorn.Files;
using Posthorn.Journal;
using Posthorn.Leases;
using Posthorn.Messages;
using Posthorn.Queues;

namespace Posthorn.Benchmarks;

/// <summary>Receives from a queue by the number of its tenants: what fairness costs, and that many tenants do not make it cost more.</summary>
internal static class FairBenchmark
{
    private const int FillBatch = 500;
    private const int ReceiveBatch = 10;
    private const int Rounds = 5;

    /// <param name="count">Messages in each queue.</param>
    public static async Task RunAsync(int count)
    {
        var folder = Path.Combine(Environment.CurrentDirectory, ".bench");
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
        try
        {
            using var files = new PhysicalFileSystem(folder);
            await using var engine = await JournalEngine.OpenAsync(files, new JournalOptions(), TimeProvider.System);
            var rows = new (string What, int Tenants, QueueFairness? Fairness, bool HasFlood)[]
            {
                ("not fair, no groups", 0, null, false),
                ("not fair, a group each", count, null, false),
                ("fair, no groups", 0, QueueFairness.ByGroup, false),
                ("fair, 10 tenants", 10, QueueFairness.ByGroup, false),
                ("fair, 1,000 tenants", 1_000, QueueFairness.ByGroup, false),
                ("fair, a tenant each", count, QueueFairness.ByGroup, false),
                ("fair, half of it one flood", count / 2, QueueFairness.ByGroup, true),
            };
            // In rounds, so that what the machine does besides meets every row; the first one warms up.
            var times = rows.Select(_ => new List<double>()).ToArray();
            for (var round = 0; round <= Rounds; round++)
            {
                for (var row = 0; row < rows.Length; row++)
                    times[row].Add(await MeasureAsync(engine, count, rows[row].Tenants, rows[row].Fairness, rows[row].HasFlood));
            }
            for (var row = 0; row < rows.Length; row++)
                Console.WriteLine($"{rows[row].What,-28} {1e9 * Median(times[row]) / count,8:N0} ns a message  {Median(times[row]) / Median(times[0]),5:0.00} times not fair");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static double Median(List<double> times) => times.Skip(1).Order().ElementAt(Rounds / 2);

    /// <summary>Seconds for receiving everything.</summary>
    private static async Task<double> MeasureAsync(JournalEngine engine, int count, int tenants, QueueFairness? fairness, bool hasFlood)
    {
        var queue = QueueName.Parse($"q{Guid.NewGuid():n}");
        await engine.CommitAsync(new Commit().SetQueue(queue, new QueuePolicy { Fairness = fairness, VisibilityTimeout = TimeSpan.FromHours(1) }));
        for (var i = 0; i < count; i += FillBatch)
        {
            var commit = new Commit();
            for (var j = i; j < i + FillBatch; j++)
                commit.Add(new NewMessage { Queue = queue, Content = Body.Of(new byte[100]), Group = tenants == 0 ? null : hasFlood && j % 2 == 0 ? "flood" : $"t{j % tenants}" });
            await engine.CommitAsync(commit);
        }
        GC.Collect();
        var watch = Stopwatch.StartNew();
        var received = 0;
        while (await engine.LeaseAsync(queue, new LeaseRequest { MessagesMax = ReceiveBatch }) is { Count: > 0 } leased)
            received += leased.Count;
        var seconds = watch.Elapsed.TotalSeconds;
        await engine.CommitAsync(new Commit().DeleteQueue(queue));
        return received == count ? seconds : throw new InvalidOperationException($"{received} of {count} were received.");
    }
}

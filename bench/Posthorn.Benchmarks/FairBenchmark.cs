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
            await MeasureAsync(engine, "warm-up", count, 1, null, flooder: false);
            var plain = await MeasureAsync(engine, "not fair, no groups", count, 0, null, flooder: false);
            await MeasureAsync(engine, "not fair, a group each", count, count, null, flooder: false, plain);
            await MeasureAsync(engine, "fair, no groups", count, 0, QueueFairness.ByGroup, flooder: false, plain);
            await MeasureAsync(engine, "fair, 10 tenants", count, 10, QueueFairness.ByGroup, flooder: false, plain);
            await MeasureAsync(engine, "fair, 1,000 tenants", count, 1_000, QueueFairness.ByGroup, flooder: false, plain);
            await MeasureAsync(engine, "fair, a tenant each", count, count, QueueFairness.ByGroup, flooder: false, plain);
            await MeasureAsync(engine, "fair, half of it one flood", count, count / 2, QueueFairness.ByGroup, flooder: true, plain);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<double> MeasureAsync(
        JournalEngine engine, string what, int count, int tenants, QueueFairness? fairness, bool flooder, double? plain = null)
    {
        var queue = QueueName.Parse($"q{Guid.NewGuid():n}");
        await engine.CommitAsync(new Commit().SetQueue(queue, new QueuePolicy { Fairness = fairness, VisibilityTimeout = TimeSpan.FromHours(1) }));
        for (var i = 0; i < count; i += FillBatch)
        {
            var commit = new Commit();
            for (var j = i; j < i + FillBatch; j++)
                commit.Add(new NewMessage { Queue = queue, Content = Body.Of(new byte[100]), Group = tenants == 0 ? null : flooder && j % 2 == 0 ? "flood" : $"t{j % tenants}" });
            await engine.CommitAsync(commit);
        }
        GC.Collect();
        var watch = Stopwatch.StartNew();
        for (var i = 0; i < count; i += ReceiveBatch)
            await engine.LeaseAsync(queue, new LeaseRequest { MessagesMax = ReceiveBatch });
        var rate = count / watch.Elapsed.TotalSeconds;
        if (what != "warm-up")
            Console.WriteLine($"{what,-28} {rate,12:N0} received/s  {(plain is { } first ? $"{rate / first:0.00} of not fair" : "")}");
        await engine.CommitAsync(new Commit().DeleteQueue(queue));
        return rate;
    }
}

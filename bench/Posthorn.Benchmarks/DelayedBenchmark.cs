using System.Diagnostics;
using Posthorn.Bodies;
using Posthorn.Commits;
using Posthorn.Files;
using Posthorn.Journal;
using Posthorn.Leases;
using Posthorn.Messages;
using Posthorn.Queues;

namespace Posthorn.Benchmarks;

/// <summary>Many delayed messages that become due at one moment: the longest that anybody else waits for an operation meanwhile.</summary>
internal static class DelayedBenchmark
{
    private const int FillBatch = 500;
    private static readonly QueueName Delayed = QueueName.Parse("delayed");
    private static readonly QueueName Others = QueueName.Parse("others");

    /// <param name="count">How many become due.</param>
    /// <param name="time">How long is measured before, and after it began.</param>
    public static async Task RunAsync(long count, TimeSpan time)
    {
        var folder = Path.Combine(Environment.CurrentDirectory, ".bench");
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
        try
        {
            using var files = new PhysicalFileSystem(folder);
            await using var engine = await JournalEngine.OpenAsync(files, new JournalOptions(), TimeProvider.System);
            var due = DateTimeOffset.UtcNow + TimeSpan.FromSeconds(20 + (count / 20_000.0)) + time;
            for (long i = 0; i < count; i += FillBatch)
            {
                var commit = new Commit();
                for (var j = 0; j < FillBatch; j++)
                    commit.Add(new NewMessage { Queue = Delayed, Content = Body.Of(new byte[100]), DueAt = due });
                await engine.CommitAsync(commit);
            }
            GC.Collect();
            Console.WriteLine($"{count:N0} delayed; longest operations of others while nothing is due, and from the moment on when all are, for {time.TotalSeconds:0} s each");
            var before = await LongestAsync(engine, time);
            await Task.Delay(due - DateTimeOffset.UtcNow - TimeSpan.FromMilliseconds(200) is var rest && rest > TimeSpan.Zero ? rest : TimeSpan.Zero);
            var after = await LongestAsync(engine, time);
            Console.WriteLine($"nothing due: status {before.Status.TotalMilliseconds,7:0.00} ms, send {before.Send.TotalMilliseconds,7:0.00} ms, lease {before.Lease.TotalMilliseconds,7:0.00} ms");
            Console.WriteLine($"all due:     status {after.Status.TotalMilliseconds,7:0.00} ms, send {after.Send.TotalMilliseconds,7:0.00} ms, lease {after.Lease.TotalMilliseconds,7:0.00} ms; ready now {engine.Status(Delayed)!.Ready:N0}");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<(TimeSpan Status, TimeSpan Send, TimeSpan Lease)> LongestAsync(JournalEngine engine, TimeSpan time)
    {
        var watch = Stopwatch.StartNew();
        var (status, send, lease) = (TimeSpan.Zero, TimeSpan.Zero, TimeSpan.Zero);
        while (watch.Elapsed < time)
        {
            var started = watch.Elapsed;
            engine.Status(Others);
            var asked = watch.Elapsed;
            await engine.CommitAsync(new Commit().Add(new NewMessage { Queue = Others, Content = Body.Of(new byte[100]) }));
            var sent = watch.Elapsed;
            var leases = await engine.LeaseAsync(Others, new LeaseRequest());
            var leased = watch.Elapsed;
            await engine.CommitAsync(new Commit().Remove(leases[0]));
            (status, send, lease) = (Max(status, asked - started), Max(send, sent - asked), Max(lease, leased - sent));
        }
        return (status, send, lease);
    }

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;
}

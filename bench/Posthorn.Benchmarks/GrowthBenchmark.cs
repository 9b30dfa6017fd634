using System.Diagnostics;
using Posthorn.Bodies;
using Posthorn.Commits;
using Posthorn.Files;
using Posthorn.Journal;
using Posthorn.Leases;
using Posthorn.Messages;
using Posthorn.Queues;

namespace Posthorn.Benchmarks;

/// <summary>What waiting messages cost: operations beside a growing backlog, memory a message, the disk, the start.</summary>
internal static class GrowthBenchmark
{
    private const int Callers = 64;
    private const int FillBatch = 500;
    private static readonly QueueName Queue = QueueName.Parse("bench");

    /// <param name="counts">How many wait, ascending; 0 is the empty queue that the others are compared with.</param>
    /// <param name="bodyBytes">Bytes of each body.</param>
    /// <param name="indexBytesMax">The index's budget.</param>
    /// <param name="time">How long a row is measured.</param>
    public static async Task RunAsync(long[] counts, int bodyBytes, long indexBytesMax, TimeSpan time)
    {
        var folder = Path.Combine(Environment.CurrentDirectory, ".bench");
        var options = new JournalOptions { IndexBytesMax = indexBytesMax };
        Console.WriteLine($"{bodyBytes} byte bodies, index of {indexBytesMax >> 20} MiB, {Callers} callers, every commit synced, {time.TotalSeconds:0} s a row, folder {folder}");
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
        try
        {
            using var files = new PhysicalFileSystem(folder);
            var engine = await JournalEngine.OpenAsync(files, options, TimeProvider.System);
            (double Send, double Cycle)? empty = null;
            foreach (var count in counts)
            {
                await FillAsync(engine, count, bodyBytes);
                var memory = Memory();
                var send = await MeasureAsync(time, () => SendAsync(engine, bodyBytes));
                var cycle = await MeasureAsync(time, () => CycleAsync(engine, bodyBytes));
                empty ??= (send, cycle);
                Console.WriteLine($"{count,12:N0} waiting   send {send,9:N0}/s {send / empty.Value.Send,6:P0}   send + lease + ack by 10 {cycle,9:N0}/s {cycle / empty.Value.Cycle,6:P0}   process {memory >> 20,5} MiB, on disk only {engine.ColdMessages,12:N0}");
                await engine.DisposeAsync();
                var watch = Stopwatch.StartNew();
                engine = await JournalEngine.OpenAsync(files, options, TimeProvider.System);
                Console.WriteLine($"{"",12}           start {watch.Elapsed.TotalSeconds,6:0.00} s with {engine.Status(Queue)?.Messages ?? 0:N0}   process {Memory() >> 20} MiB   disk {DiskBytes(folder) >> 20:N0} MiB, hints {DiskBytes(Path.Combine(folder, "hints")) >> 20:N0} MiB");
            }
            await engine.DisposeAsync();
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task FillAsync(JournalEngine engine, long count, int bodyBytes)
    {
        var left = count - (engine.Status(Queue)?.Messages ?? 0);
        var watch = Stopwatch.StartNew();
        var filled = Math.Max(left, 0);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            while (Interlocked.Add(ref left, -FillBatch) > -FillBatch)
            {
                var commit = new Commit();
                for (var i = 0; i < FillBatch; i++)
                    commit.Add(New(bodyBytes));
                await engine.CommitAsync(commit);
            }
        })));
        if (filled > 0)
            Console.WriteLine($"{"",12}           filled with {filled:N0} at {filled / watch.Elapsed.TotalSeconds:N0}/s");
    }

    private static async Task<int> SendAsync(JournalEngine engine, int bodyBytes)
    {
        await engine.CommitAsync(new Commit().Add(New(bodyBytes)));
        return 1;
    }

    private static async Task<int> CycleAsync(JournalEngine engine, int bodyBytes)
    {
        var commit = new Commit();
        for (var i = 0; i < 10; i++)
            commit.Add(New(bodyBytes));
        await engine.CommitAsync(commit);
        var leases = await engine.LeaseAsync(Queue, new LeaseRequest { MessagesMax = 10 });
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

    private static NewMessage New(int bodyBytes) => new() { Queue = Queue, Content = Body.Of(new byte[bodyBytes]) };

    private static long Memory()
    {
        GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }

    private static long DiskBytes(string folder) =>
        Directory.Exists(folder) ? Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Sum(file => new FileInfo(file).Length) : 0;
}

using System.Diagnostics;
using Posthorn.Benchmarks.Limits;
using Posthorn.Bodies;
using Posthorn.Commits;
using Posthorn.Files;
using Posthorn.Journal;
using Posthorn.Leases;
using Posthorn.Messages;
using Posthorn.Queues;

namespace Posthorn.Benchmarks;

/// <summary>Durable sends, and send + lease + ack in batches of 10, beside the bare loop on the same disk in the same run.</summary>
internal static class JournalBenchmark
{
    private const int BodyBytes = 4 << 10;
    private static readonly QueueName Queue = QueueName.Parse("bench");

    /// <param name="time">How long a row is measured.</param>
    /// <param name="only">A part of the names of the rows to run; empty runs all.</param>
    public static async Task RunAsync(TimeSpan time, string only)
    {
        var folder = Path.Combine(Environment.CurrentDirectory, ".bench");
        Console.WriteLine($"4 KiB bodies, every commit synced, {Environment.ProcessorCount} processors, {time.TotalSeconds:0} s a row, folder {folder}");
        var bare = new Dictionary<int, double>();
        foreach (var callers in new[] { 1, 64, 512 })
        {
            await RowAsync("bare loop: write + sync", callers, BareAsync);
            await RowAsync("engine: send", callers, SendAsync);
        }
        foreach (var callers in new[] { 64, 512 })
            await RowAsync("engine: send 10 + lease 10 + ack 10", callers, CycleAsync);

        // A row beside the bare loop that ran just before it: the disk of a shared machine changes from minute to minute.
        async Task RowAsync(string what, int callers, Func<PhysicalFileSystem, int, TimeSpan, Task<double>> run)
        {
            if (!what.Contains(only, StringComparison.OrdinalIgnoreCase))
                return;
            var rate = await InAsync(folder, files => run(files, callers, time));
            bare.TryAdd(callers, rate);
            var ratio = only.Length > 0 || bare[callers] == rate ? "" : $"   {rate / bare[callers]:P0} of the bare loop";
            Console.WriteLine($"{what,-40} {callers,4} callers {rate,12:N0} messages/s{ratio}");
        }
    }

    /// <summary>Runs a measurement in a folder of its own, which is removed before and after.</summary>
    public static async Task<double> InAsync(string folder, Func<PhysicalFileSystem, Task<double>> run)
    {
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
        try
        {
            using var files = new PhysicalFileSystem(folder);
            return await run(files);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>The bare loop's records a second.</summary>
    public static async Task<double> BareAsync(PhysicalFileSystem files, int callers, TimeSpan time)
    {
        await using var file = await files.OpenAsync("bare", OpenIntent.Create);
        await file.SetLengthAsync(256 << 20);
        var loop = new BareLoop(file, BodyBytes);
        using var ending = new CancellationTokenSource();
        var running = files.RunLoopAsync(() => loop.LoopAsync(ending.Token));
        var body = new byte[BodyBytes];
        var rate = await MeasureAsync(callers, time, async _ =>
        {
            await loop.AppendAsync(body);
            return 1;
        });
        await ending.CancelAsync();
        await running;
        return rate;
    }

    /// <summary>The engine's sends a second, a message a commit.</summary>
    public static async Task<double> SendAsync(PhysicalFileSystem files, int callers, TimeSpan time)
    {
        await using var engine = await JournalEngine.OpenAsync(files, new JournalOptions(), TimeProvider.System);
        var body = Body.Of(new byte[BodyBytes]);
        return await MeasureAsync(callers, time, async _ =>
        {
            await engine.CommitAsync(new Commit().Add(new NewMessage { Queue = Queue, Content = body }));
            return 1;
        });
    }

    private static async Task<double> CycleAsync(PhysicalFileSystem files, int callers, TimeSpan time)
    {
        await using var engine = await JournalEngine.OpenAsync(files, new JournalOptions(), TimeProvider.System);
        var body = Body.Of(new byte[BodyBytes]);
        var request = new LeaseRequest { MessagesMax = 10 };
        return await MeasureAsync(callers, time, async _ =>
        {
            var send = new Commit();
            for (var i = 0; i < 10; i++)
                send.Add(new NewMessage { Queue = Queue, Content = Body.Of(body.Bytes!.Value) });
            await engine.CommitAsync(send);
            var leases = await engine.LeaseAsync(Queue, request);
            if (leases.Count == 0)
                return 0;
            var ack = new Commit();
            foreach (var lease in leases)
                ack.Remove(lease);
            await engine.CommitAsync(ack);
            return leases.Count;
        });
    }

    private static async Task<double> MeasureAsync(int callers, TimeSpan time, Func<int, Task<int>> operation)
    {
        await RunForAsync(TimeSpan.FromSeconds(1));
        var allocated = GC.GetTotalAllocatedBytes();
        var processor = Environment.CpuUsage.TotalTime;
        var (count, took) = await RunForAsync(time);
        count = Math.Max(count, 1);
        // These two hardly change with what else the machine does, so they are what to compare a change by.
        if (Environment.GetEnvironmentVariable("BENCH_COST") is not null)
            Console.WriteLine($"  a message: {(Environment.CpuUsage.TotalTime - processor).TotalMicroseconds / count:N2} us of processor time, {(GC.GetTotalAllocatedBytes() - allocated) / count:N0} bytes allocated");
        return count / took.TotalSeconds;

        async Task<(long Count, TimeSpan Took)> RunForAsync(TimeSpan duration)
        {
            var watch = Stopwatch.StartNew();
            var counts = await Task.WhenAll(Enumerable.Range(0, callers).Select(caller => Task.Run(async () =>
            {
                long done = 0;
                while (watch.Elapsed < duration)
                    done += await operation(caller);
                return done;
            })));
            return (counts.Sum(), watch.Elapsed);
        }
    }
}

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
        foreach (var callers in new[] { 1, 64, 512 })
        {
            foreach (var isKept in new[] { false, true })
            {
                var bare = await RowAsync($"bare loop, {Space(isKept)}", callers, (files, callers, time) => BareAsync(files, callers, time, isKept));
                await RowAsync($"engine: send, {Space(isKept)}", callers, (files, callers, time) => SendAsync(files, callers, time, isKept), bare);
            }
        }
        foreach (var callers in new[] { 64, 512 })
            await RowAsync("engine: send 10 + lease 10 + ack 10", callers, CycleAsync);

        // A row beside the bare loop that ran just before it: the disk of a shared machine changes from minute to minute.
        async Task<double?> RowAsync(string what, int callers, Func<PhysicalFileSystem, int, TimeSpan, Task<double>> run, double? bare = null)
        {
            if (!what.Contains(only, StringComparison.OrdinalIgnoreCase))
                return null;
            var rate = await InAsync(folder, files => run(files, callers, time));
            Console.WriteLine($"{what,-40} {callers,4} callers {rate,12:N0} messages/s{(bare is null ? "" : $"   {rate / bare:P0} of the bare loop")}");
            return rate;
        }

        static string Space(bool isKept) => isKept ? "all of it stays" : "space used again";
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

    /// <summary>The bare loop's records a second; <see cref="BareLoop"/> says what it keeps.</summary>
    public static async Task<double> BareAsync(PhysicalFileSystem files, int callers, TimeSpan time, bool isKept)
    {
        var loop = new BareLoop(files, BodyBytes, isKept);
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
    /// <param name="isKept">Whether all messages stay; else the queue is another after each 128 MiB and the one before is deleted, so that the journal's segments are used again.</param>
    public static async Task<double> SendAsync(PhysicalFileSystem files, int callers, TimeSpan time, bool isKept)
    {
        const long MessagesOfQueue = (128 << 20) / BodyBytes;
        await using var engine = await JournalEngine.OpenAsync(files, new JournalOptions(), TimeProvider.System);
        var body = Body.Of(new byte[BodyBytes]);
        var queues = Enumerable.Range(0, 4).Select(i => QueueName.Parse($"bench-{i}")).ToArray();
        long sent = 0;
        return await MeasureAsync(callers, time, async _ =>
        {
            var (turn, place) = isKept ? (0, 1) : Math.DivRem(Interlocked.Increment(ref sent), MessagesOfQueue);
            if (place == 0)
                await engine.CommitAsync(new Commit().DeleteQueue(queues[(turn + 2) % queues.Length])); // the last but one: some may be on their way into the last
            await engine.CommitAsync(new Commit().Add(new NewMessage { Queue = queues[turn % queues.Length], Content = body }));
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

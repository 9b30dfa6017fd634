using System.Diagnostics;
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

    public static async Task RunAsync(TimeSpan time)
    {
        var folder = Path.Combine(Environment.CurrentDirectory, ".bench");
        Console.WriteLine($"4 KiB bodies, every commit synced, {Environment.ProcessorCount} processors, {time.TotalSeconds:0} s a row, folder {folder}");
        var bare = new Dictionary<int, double>();
        foreach (var callers in new[] { 1, 64, 512 })
        {
            bare[callers] = await InAsync(folder, files => BareAsync(files, callers, time));
            Print("bare loop: write + sync", callers, bare[callers], null);
        }
        foreach (var callers in new[] { 1, 64, 512 })
            Print("engine: send", callers, await InAsync(folder, files => SendAsync(files, callers, time)), bare[callers]);
        foreach (var callers in new[] { 64, 512 })
            Print("engine: send 10 + lease 10 + ack 10", callers, await InAsync(folder, files => CycleAsync(files, callers, time)), bare[callers]);
    }

    private static void Print(string what, int callers, double rate, double? bare) =>
        Console.WriteLine($"{what,-40} {callers,4} callers {rate,12:N0} messages/s{(bare is null ? "" : $"   {rate / bare:P0} of the bare loop")}");

    private static async Task<double> InAsync(string folder, Func<PhysicalFileSystem, Task<double>> run)
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

    private static async Task<double> BareAsync(PhysicalFileSystem files, int callers, TimeSpan time)
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

    private static async Task<double> SendAsync(PhysicalFileSystem files, int callers, TimeSpan time)
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
        var (count, took) = await RunForAsync(time);
        if (Environment.GetEnvironmentVariable("BENCH_ALLOCATIONS") is not null)
            Console.WriteLine($"  {(GC.GetTotalAllocatedBytes() - allocated) / Math.Max(count, 1):N0} bytes allocated a message");
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

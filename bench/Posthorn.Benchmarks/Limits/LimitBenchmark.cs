using System.Globalization;
using Posthorn.Files;

namespace Posthorn.Benchmarks.Limits;

/// <summary>The bare loop and the engine's sends in turns on one disk, where space is used again and where all that is written stays; prints a table of medians and their ratio.</summary>
internal static class LimitBenchmark
{
    private static readonly int[] s_callers = [1, 64, 512];

    /// <param name="folder">Where the files lie; removed before and after each figure.</param>
    /// <param name="time">How long a figure takes, after a second to warm up.</param>
    /// <param name="rounds">How often each has its turn.</param>
    public static async Task RunAsync(string folder, TimeSpan time, int rounds)
    {
        Console.WriteLine("| 4 KiB records, each waited for | bare loop/s | spread | Posthorn's engine/s | spread | ratio |");
        Console.WriteLine("|---|--:|--:|--:|--:|--:|");
        foreach (var callers in s_callers)
        {
            foreach (var isKept in new[] { false, true })
            {
                var (bare, engine) = (new List<double>(), new List<double>());
                for (var round = 0; round < rounds; round++)
                {
                    bare.Add(await JournalBenchmark.InAsync(folder, files => JournalBenchmark.BareAsync(files, callers, time, isKept)));
                    engine.Add(await JournalBenchmark.InAsync(folder, files => JournalBenchmark.SendAsync(files, callers, time, isKept)));
                }
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"| callers: {callers}, {(isKept ? "all of it stays" : "space used again")} | {Median(bare):N0} | {bare.Min():N0}–{bare.Max():N0} | {Median(engine):N0} | {engine.Min():N0}–{engine.Max():N0} | {Median(engine) / Median(bare):0.00} |"));
            }
        }
    }

    /// <summary>Writes and syncs 4 KiB again and again, as the journal does; prints a sentence with the median and the slowest of a hundred.</summary>
    public static async Task SyncAsync(string folder)
    {
        const int Syncs = 500;
        using var files = new PhysicalFileSystem(folder);
        await using var file = await files.OpenAsync("sync", OpenIntent.Create);
        await file.SetLengthAsync(Syncs * 4096);
        var block = new byte[4096];
        var times = new List<double>(Syncs);
        for (var i = 0; i < Syncs; i++)
        {
            var begun = System.Diagnostics.Stopwatch.GetTimestamp();
            await file.WriteAsync(i * 4096L, block);
            await file.FlushAsync();
            times.Add(System.Diagnostics.Stopwatch.GetElapsedTime(begun).TotalMilliseconds);
        }
        times.Sort();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"a written and synced block of 4 KiB took {times[Syncs / 2]:0.00} ms (99 %: {times[Syncs * 99 / 100]:0.00} ms)"));
    }

    private static double Median(List<double> figures)
    {
        var sorted = figures.Order().ToList();
        return (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
    }
}

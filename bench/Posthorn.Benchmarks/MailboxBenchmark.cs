using System.Diagnostics;
using Posthorn.Bodies;
using Posthorn.Commits;
using Posthorn.Files;
using Posthorn.Journal;
using Posthorn.Messages;
using Posthorn.Queues;

namespace Posthorn.Benchmarks;

/// <summary>A mailbox of many messages: what it costs to open it, listed in chunks as it was filled and after a restart, and the longest that others wait for a status meanwhile.</summary>
internal static class MailboxBenchmark
{
    private const int FillBatch = 500;
    private const int Chunk = 10_000;
    private static readonly QueueName Inbox = QueueName.Parse("inbox");
    private static readonly string[][] Flags = [[], ["\\Seen"], ["\\Seen", "\\Answered"], ["\\Flagged"], ["\\Seen", "$Label1"]];

    /// <param name="count">How many messages.</param>
    public static async Task RunAsync(long count)
    {
        var folder = Path.Combine(Environment.CurrentDirectory, ".bench");
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
        try
        {
            using var files = new PhysicalFileSystem(folder);
            await using (var engine = await JournalEngine.OpenAsync(files, new JournalOptions(), TimeProvider.System))
            {
                await FillAsync(engine, Inbox, count);
                await ReportAsync(engine, "as it was filled");
            }
            var watch = Stopwatch.StartNew();
            await using (var engine = await JournalEngine.OpenAsync(files, new JournalOptions(), TimeProvider.System))
            {
                Console.WriteLine($"start: {watch.Elapsed.TotalMilliseconds:0} ms");
                await ReportAsync(engine, "after a restart");
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Fills a journal's queue, for a server that is started on it then.</summary>
    public static async Task FillAsync(string folder, QueueName queue, long count)
    {
        using var files = new PhysicalFileSystem(folder);
        await using var engine = await JournalEngine.OpenAsync(files, new JournalOptions(), TimeProvider.System);
        await FillAsync(engine, queue, count);
    }

    private static async Task FillAsync(JournalEngine engine, QueueName queue, long count)
    {
        for (long i = 0; i < count; i += FillBatch)
        {
            var commit = new Commit();
            for (var j = 0; j < FillBatch; j++)
                commit.Add(new NewMessage { Queue = queue, Content = Body.Of(new byte[100]), Flags = Flags[j % Flags.Length] });
            await engine.CommitAsync(commit);
        }
    }

    private static async Task ReportAsync(JournalEngine engine, string when)
    {
        for (var round = 0; round < 3; round++)
        {
            GC.Collect();
            using var ending = new CancellationTokenSource();
            var longest = Task.Run(() => LongestStatus(engine, ending.Token));
            var watch = Stopwatch.StartNew();
            long listed = 0;
            for (long from = 0; await engine.ListAsync(Inbox, from, Chunk) is { Count: > 0 } chunk; from = chunk[^1].Number + 1)
                listed += chunk.Count;
            var list = watch.Elapsed;
            watch.Restart();
            var flags = engine.FlagCounts(Inbox).Count;
            var count = watch.Elapsed;
            await ending.CancelAsync();
            Console.WriteLine($"{when}: {listed:N0} listed in {list.TotalMilliseconds:0.0} ms, {flags} flags counted in {count.TotalMilliseconds:0.000} ms; a status waited {(await longest).TotalMilliseconds:0.00} ms at most");
        }
    }

    private static TimeSpan LongestStatus(JournalEngine engine, CancellationToken cancellationToken)
    {
        var longest = TimeSpan.Zero;
        var watch = Stopwatch.StartNew();
        while (!cancellationToken.IsCancellationRequested)
        {
            var started = watch.Elapsed;
            engine.Status(Inbox);
            var took = watch.Elapsed - started;
            longest = took > longest ? took : longest;
        }
        return longest;
    }
}

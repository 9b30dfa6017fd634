using System.Diagnostics;
using Posthorn.Bodies;
using Posthorn.Commits;
using Posthorn.Leases;
using Posthorn.Messages;
using Posthorn.PostgreSql;
using Posthorn.Queues;

namespace Posthorn.Benchmarks.Peers;

/// <summary>From a commit being sent on one node to a consumer that waits on another node having the message.</summary>
internal static class WakeBenchmark
{
    private const int Messages = 300;
    private static readonly QueueName s_queue = QueueName.Parse("wake");
    private static readonly LeaseRequest s_request = new() { Wait = TimeSpan.FromSeconds(10) };

    public static async Task RunAsync(string connectionString)
    {
        await using var sender = await OpenAsync(connectionString, "a");
        await using var receiver = await OpenAsync(connectionString, "b");
        await sender.CommitAsync(new Commit().SetQueue(s_queue, new QueuePolicy()));
        var (times, commits) = (new List<double>(), new List<double>());
        for (var i = 0; i < Messages; i++)
        {
            var lease = receiver.LeaseAsync(s_queue, s_request).AsTask();
            await Task.Delay(10); // it waits by now
            var begun = Stopwatch.GetTimestamp();
            await sender.CommitAsync(new Commit().Add(new NewMessage { Queue = s_queue, Content = Body.Of(PeerBenchmark.Body) }));
            commits.Add(Stopwatch.GetElapsedTime(begun).TotalMilliseconds);
            var received = await lease;
            times.Add(Stopwatch.GetElapsedTime(begun).TotalMilliseconds);
            await receiver.CommitAsync(new Commit().Remove(received[0]));
        }
        times.Sort();
        commits.Sort();
        Console.WriteLine($"\nFrom a commit begun on one node to the message received on another: median {times[Messages / 2]:0.0} ms, 99 % {times[Messages * 99 / 100]:0.0} ms; the commit itself {commits[Messages / 2]:0.0} ms.");
    }

    private static Task<PostgresEngine> OpenAsync(string connectionString, string name) =>
        PostgresEngine.OpenAsync(new PostgresOptions { ConnectionString = connectionString, Schema = "posthorn_bench", NodeName = name }, TimeProvider.System);
}

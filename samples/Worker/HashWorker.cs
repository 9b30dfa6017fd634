using System.Security.Cryptography;
using Posthorn.Embedded;

namespace Posthorn.Samples.Worker;

/// <summary>Takes files from one queue and puts results into another: both in one commit, so that each file has one result, whatever is killed when.</summary>
internal sealed class HashWorker(IQueues queues, IQueue<FileJob> files, IQueue<FileResult> results) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => files.ProcessAsync(
        async (job, cancelled) =>
        {
            var result = new FileResult(job.Value.Path, await HashAsync(job.Value.Path, cancelled));
            await queues.NewCommit().Ack(job).Send(results, result).CommitAsync(cancelled);
        },
        new ProcessOptions { Concurrency = 4, DrainTime = TimeSpan.FromSeconds(20) },
        stoppingToken);

    private static async Task<string> HashAsync(string path, CancellationToken cancelled)
    {
        try
        {
            await using var file = File.OpenRead(path);
            return Convert.ToHexStringLower(await SHA256.HashDataAsync(file, cancelled));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException)
        {
            return e.Message; // trying again would not help
        }
    }
}

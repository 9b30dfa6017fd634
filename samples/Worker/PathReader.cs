using Posthorn.Embedded;

namespace Posthorn.Samples.Worker;

/// <summary>Queues the paths from standard input. Says so when each is safe: from then on it is not lost, whatever happens.</summary>
internal sealed class PathReader(IQueue<FileJob> files) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (await Console.In.ReadLineAsync(stoppingToken) is { } path)
        {
            await files.SendAsync(new FileJob(path), cancellationToken: stoppingToken);
            await Console.Out.WriteLineAsync($"queued {path}");
        }
    }
}

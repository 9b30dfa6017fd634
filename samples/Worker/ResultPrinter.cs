using Posthorn.Embedded;

namespace Posthorn.Samples.Worker;

/// <summary>Prints results. One that was printed in the moment of a crash is printed again at the next start.</summary>
internal sealed class ResultPrinter(IQueue<FileResult> results) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var result in results.ConsumeAsync(cancellationToken: stoppingToken))
        {
            await Console.Out.WriteLineAsync($"{result.Value.Sha256}  {result.Value.Path}");
            await result.AckAsync(CancellationToken.None);
        }
    }
}

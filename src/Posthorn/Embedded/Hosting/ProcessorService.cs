using Microsoft.Extensions.Hosting;

namespace Posthorn.Embedded.Hosting;

/// <summary>Consumes a queue while the host runs. Its stop waits for the handlers at work (<see cref="ProcessOptions.DrainTime"/>).</summary>
internal sealed class ProcessorService(Func<CancellationToken, Task> process) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => process(stoppingToken);
}

using Microsoft.Extensions.Hosting;

namespace Posthorn.Server;

/// <summary>The program decides when the server ends: the host does not listen to signals.</summary>
internal sealed class EmbeddedLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}

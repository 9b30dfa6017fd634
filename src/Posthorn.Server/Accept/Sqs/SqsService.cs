using Microsoft.Extensions.Hosting;

namespace Posthorn.Server.Accept.Sqs;

/// <summary>The door's beginning and end: its secrets, and the move tasks that a stop cut short.</summary>
internal sealed class SqsService(SqsContext context) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        context.Secrets = await SqsSecrets.OpenAsync(context.Engine, context.Time, cancellationToken);
        context.MoveTasks.Resume();
    }

    public Task StopAsync(CancellationToken cancellationToken) => context.MoveTasks.StopAsync();
}

using Microsoft.Extensions.Hosting;
using Posthorn.Clustering;

namespace Posthorn.Server.Accept.Sqs;

/// <summary>The door's beginning and end: its secrets, and the move tasks that a stop cut short.</summary>
internal sealed class SqsService(SqsContext context, ICluster cluster) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        context.Secrets = await SqsSecrets.OpenAsync(context.Engine, cancellationToken);
        cluster.DocumentsChanged += TakeUpSecrets;
        context.MoveTasks.Resume();
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        cluster.DocumentsChanged -= TakeUpSecrets;
        return context.MoveTasks.StopAsync();
    }

    // Of two nodes that start first and at once each makes secrets; those that were kept last are everybody's.
    private void TakeUpSecrets()
    {
        if (SqsSecrets.Find(context.Engine) is { } kept && !kept.Key.AsSpan().SequenceEqual(context.Secrets.Key))
            context.Secrets = kept;
    }
}

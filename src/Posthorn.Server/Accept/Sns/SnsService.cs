using Microsoft.Extensions.Hosting;
using Posthorn.Server.Deliver.Topics;

namespace Posthorn.Server.Accept.Sns;

/// <summary>The door's beginning: topics, subscriptions and what was published last are read before a request comes.</summary>
internal sealed class SnsService(TopicBook book, PublishedBefore before) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        book.Load();
        await before.LoadAsync(cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}

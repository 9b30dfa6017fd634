using Microsoft.Extensions.Hosting;
using Posthorn.Engine;
using Posthorn.Server.Deliver.Topics;
using Posthorn.Server.Operate.Outages;

namespace Posthorn.Server.Accept.Sns;

/// <summary>
/// The door's beginning: topics, subscriptions and what was published last are read before a request comes. The latter may be in a shard that is away;
/// then it is read when that is back, and FIFO topics are told to wait until then.
/// </summary>
internal sealed class SnsService(TopicBook book, PublishedBefore before, TimeProvider time) : BackgroundService
{
    private bool _isLoaded;

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        book.Load();
        try
        {
            await before.LoadAsync(cancellationToken);
            _isLoaded = true;
        }
        catch (EngineUnavailableException)
        {
            // In the background.
        }
        await base.StartAsync(cancellationToken);
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => _isLoaded ? Task.CompletedTask : Outage.SitOutAsync(before.LoadAsync, time, stoppingToken);
}

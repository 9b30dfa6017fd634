using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Posthorn.Engine;
using Posthorn.Server.Deliver.Endpoints;
using Posthorn.Server.Operate.Clustering;
using Posthorn.Server.Operate.Configuration;
using Posthorn.Server.Operate.Timeline;

namespace Posthorn.Server.Deliver.Topics;

/// <summary>Puts topics into a host.</summary>
internal static class TopicServices
{
    /// <summary>Needs of the container: <see cref="PosthornOptions"/>, <see cref="IEngine"/>, <see cref="ITimeline"/>, <see cref="TimeProvider"/> and logging.</summary>
    public static IServiceCollection AddTopics(this IServiceCollection services)
    {
        services.AddCluster();
        services.TryAddSingleton(p => new EndpointClients(p.GetRequiredService<TimeProvider>()));
        return services
            .AddSingleton<TopicBook>().AddSingleton<TopicSigning>().AddSingleton<TopicMails>().AddSingleton<TopicMetrics>().AddSingleton<TopicLog>()
            .AddSingleton<PublishedBefore>().AddSingleton<FanOut>().AddSingleton<TopicPublisher>().AddHostedService<TopicCourier>();
    }
}

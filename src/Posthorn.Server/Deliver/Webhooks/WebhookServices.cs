using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Posthorn.Clustering;
using Posthorn.Engine;
using Posthorn.Server.Deliver.Endpoints;
using Posthorn.Server.Operate.Clustering;
using Posthorn.Server.Operate.Configuration;
using Posthorn.Server.Operate.Timeline;

namespace Posthorn.Server.Deliver.Webhooks;

/// <summary>Puts webhooks into a host.</summary>
internal static class WebhookServices
{
    /// <summary>
    /// Needs of the container: topics, <see cref="PosthornOptions"/>, <see cref="IEngine"/>, <see cref="ITimeline"/>, <see cref="TimeProvider"/> and
    /// logging. After the doors, so that topics were read when the courier starts.
    /// </summary>
    public static IServiceCollection AddWebhooks(this IServiceCollection services)
    {
        services.AddCluster();
        services.TryAddSingleton(p => new EndpointClients(p.GetRequiredService<TimeProvider>()));
        services.AddSingleton(p => new WebhookSettlement(
            p.GetRequiredService<IEngine>(), p.GetRequiredService<ITimeline>(), p.GetRequiredService<WebhookMetrics>(), p.GetRequiredService<WebhookLog>(),
            p.GetRequiredService<TimeProvider>(), Random.Shared));
        services.AddSingleton(p => new LaneParts(
            p.GetRequiredService<IEngine>(), p.GetRequiredService<WebhookDelivery>(), p.GetRequiredService<LaneStates>(), p.GetRequiredService<WebhookLog>(),
            p.GetRequiredService<ICluster>(), p.GetRequiredService<TimeProvider>(), Random.Shared));
        return services
            .AddSingleton<WebhookLog>().AddSingleton<WebhookMetrics>().AddSingleton<WebhookNotices>().AddSingleton<LaneStates>().AddSingleton<WebhookBook>()
            .AddSingleton<WebhookTopics>().AddSingleton<WebhookPoster>().AddSingleton<WebhookDelivery>()
            .AddSingleton<WebhookCourier>().AddHostedService(p => p.GetRequiredService<WebhookCourier>());
    }
}

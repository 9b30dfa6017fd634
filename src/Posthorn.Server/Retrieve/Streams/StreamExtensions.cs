using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.WebSockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Posthorn.Engine;
using Posthorn.Server.Operate.Timeline;

namespace Posthorn.Server.Retrieve.Streams;

/// <summary>Puts streams into a host.</summary>
internal static class StreamExtensions
{
    /// <summary>Needs of the container: <see cref="IEngine"/>, <see cref="ITimeline"/>, <see cref="TimeProvider"/> and logging; <see cref="StreamLimits"/> when not the defaults.</summary>
    public static IServiceCollection AddStreams(this IServiceCollection services)
    {
        services.TryAddSingleton(new StreamLimits());
        services.AddSingleton<StreamMetrics>();
        services.AddSingleton<LeaseWatch>();
        // Asked by the endpoint itself, so that no other request passes it.
        services.AddSingleton(p => new WebSocketMiddleware(
            static _ => Task.CompletedTask, Options.Create(new WebSocketOptions()), p.GetRequiredService<ILoggerFactory>()));
        services.AddSingleton(p => new StreamContext
        {
            Engine = p.GetRequiredService<IEngine>(),
            Timeline = p.GetRequiredService<ITimeline>(),
            Time = p.GetRequiredService<TimeProvider>(),
            Limits = p.GetRequiredService<StreamLimits>(),
            Metrics = p.GetRequiredService<StreamMetrics>(),
            Watch = p.GetRequiredService<LeaseWatch>(),
            Logger = p.GetRequiredService<ILoggerFactory>().CreateLogger("Posthorn.Streams"),
            Stopping = p.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping,
        });
        return services;
    }
}

using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Posthorn.Engine;
using Posthorn.Server.Accept.Aws;
using Posthorn.Server.Accept.Sqs.Queues;
using Posthorn.Server.Operate.Clustering;
using Posthorn.Server.Operate.Timeline;
using Posthorn.Server.Retrieve.Queues;
using Posthorn.Server.Retrieve.Queues.Moving;

namespace Posthorn.Server.Accept.Sqs;

/// <summary>Puts the SQS door into a host.</summary>
internal static class SqsDoorExtensions
{
    /// <summary>Needs of the container what <see cref="Aws.AwsDoorExtensions.AddAwsDoors"/> puts there.</summary>
    public static IServiceCollection AddSqsDoor(this IServiceCollection services)
    {
        services.AddSingleton<SqsMetrics>();
        services.AddCluster();
        services.AddSingleton<MoveTasks>();
        services.AddSingleton(p => new SqsContext
        {
            Engine = p.GetRequiredService<IEngine>(),
            Timeline = p.GetRequiredService<ITimeline>(),
            Time = p.GetRequiredService<TimeProvider>(),
            Urls = p.GetRequiredService<QueueUrls>(),
            Queues = p.GetRequiredService<SqsQueues>(),
            MoveTasks = p.GetRequiredService<MoveTasks>(),
            Metrics = p.GetRequiredService<SqsMetrics>(),
            Attempts = new ReceiveAttempts(p.GetRequiredService<TimeProvider>()),
            Logger = p.GetRequiredService<ILoggerFactory>().CreateLogger("Posthorn.Sqs"),
            Stopping = p.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping,
        });
        services.AddHostedService<SqsService>();
        return services;
    }
}

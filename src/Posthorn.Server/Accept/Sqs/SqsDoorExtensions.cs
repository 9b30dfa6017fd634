using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Posthorn.Engine;
using Posthorn.Server.Accept.Sqs.Queues;
using Posthorn.Server.Operate.Accounts;
using Posthorn.Server.Operate.Configuration;
using Posthorn.Server.Operate.Timeline;
using Posthorn.Server.Retrieve.Queues;
using Posthorn.Server.Retrieve.Queues.Moving;

namespace Posthorn.Server.Accept.Sqs;

/// <summary>Puts the SQS door into a host.</summary>
internal static class SqsDoorExtensions
{
    private static readonly string[] s_methods = ["GET", "POST"];

    /// <summary>
    /// Needs of the container: <see cref="PosthornOptions"/>, <see cref="IEngine"/>, <see cref="IAccounts"/>, <see cref="IAccessKeys"/>,
    /// <see cref="ITimeline"/> and logging; <see cref="TimeProvider"/> when it is not the system's.
    /// </summary>
    public static IServiceCollection AddSqsDoor(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<SqsMetrics>();
        services.AddSingleton<MoveTasks>();
        services.AddSingleton(p => new SqsContext
        {
            Engine = p.GetRequiredService<IEngine>(),
            Timeline = p.GetRequiredService<ITimeline>(),
            Time = p.GetRequiredService<TimeProvider>(),
            Urls = new QueueUrls(p.GetRequiredService<PosthornOptions>().Aws.Account),
            Queues = new SqsQueues(p.GetRequiredService<IEngine>(), p.GetRequiredService<IAccessKeys>(), p.GetRequiredService<TimeProvider>()),
            MoveTasks = p.GetRequiredService<MoveTasks>(),
            Signatures = new SqsSignatures(p.GetRequiredService<IAccounts>(), p.GetRequiredService<IAccessKeys>(), p.GetRequiredService<TimeProvider>()),
            Metrics = p.GetRequiredService<SqsMetrics>(),
            Attempts = new ReceiveAttempts(p.GetRequiredService<TimeProvider>()),
            Logger = p.GetRequiredService<ILoggerFactory>().CreateLogger("Posthorn.Sqs"),
            Stopping = p.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping,
        });
        services.AddHostedService<SqsService>();
        return services;
    }

    /// <summary>Takes requests at <c>/</c> and wherever nothing else is: the forms of queues' URLs are many.</summary>
    public static void MapSqsDoor(this IEndpointRouteBuilder endpoints)
    {
        var context = endpoints.ServiceProvider.GetRequiredService<SqsContext>();
        var gate = new SqsGate(context);
        endpoints.MapMethods("/", s_methods, gate.HandleAsync).ExcludeFromDescription();
        endpoints.MapMethods("/{**queue}", s_methods, gate.HandleAsync).ExcludeFromDescription().WithOrder(int.MaxValue);
        // Longer than a message's id, by which administrators ask for the same.
        endpoints.MapGet("/v1/messages/{receipt:minlength(40)}/body", (HttpContext http, string receipt) => LargeBodies.ShowAsync(context, http, receipt)).ExcludeFromDescription();
    }
}

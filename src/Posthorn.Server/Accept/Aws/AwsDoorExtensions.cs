using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Posthorn.Engine;
using Posthorn.Server.Accept.Sns;
using Posthorn.Server.Accept.Sqs;
using Posthorn.Server.Accept.Sqs.Queues;
using Posthorn.Server.Deliver.Topics;
using Posthorn.Server.Operate.Accounts;
using Posthorn.Server.Operate.Configuration;
using Posthorn.Server.Retrieve.Queues;

namespace Posthorn.Server.Accept.Aws;

/// <summary>Puts the doors of Amazon's protocols into a host: SQS and SNS at one address.</summary>
internal static class AwsDoorExtensions
{
    private static readonly string[] s_methods = ["GET", "POST"];

    /// <summary>
    /// Needs of the container: <see cref="PosthornOptions"/>, <see cref="IEngine"/>, <see cref="IAccounts"/>, <see cref="IAccessKeys"/>,
    /// <see cref="Operate.Timeline.ITimeline"/> and logging; <see cref="TimeProvider"/> when it is not the system's.
    /// </summary>
    public static IServiceCollection AddAwsDoors(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(p => new QueueUrls(p.GetRequiredService<PosthornOptions>().Aws.Account));
        services.AddSingleton<SqsQueues>();
        services.AddSingleton<AwsSignatures>();
        // In the order they start: what topics and queues keep is read before a request comes.
        services.AddSqsDoor();
        services.AddSingleton<SnsContext>();
        services.AddHostedService<SnsService>();
        services.AddTopics();
        return services;
    }

    /// <summary>Takes requests at <c>/</c> and wherever nothing else is: the forms of queues' URLs are many.</summary>
    public static void MapAwsDoors(this IEndpointRouteBuilder endpoints)
    {
        var services = endpoints.ServiceProvider;
        var (queues, topics) = (services.GetRequiredService<SqsContext>(), new SnsDoor(services.GetRequiredService<SnsContext>()));
        var gate = new AwsGate(new SqsDoor(queues), topics, services.GetRequiredService<AwsSignatures>(), services.GetRequiredService<ILoggerFactory>().CreateLogger("Posthorn.Aws"));
        endpoints.MapMethods("/", s_methods, gate.HandleAsync).ExcludeFromDescription();
        endpoints.MapMethods("/{**queue}", s_methods, gate.HandleAsync).ExcludeFromDescription().WithOrder(int.MaxValue);
        // Longer than a message's id, by which administrators ask for the same.
        endpoints.MapGet("/v1/messages/{receipt:minlength(40)}/body", (HttpContext http, string receipt) => LargeBodies.ShowAsync(queues, http, receipt)).ExcludeFromDescription();
        endpoints.MapGet("/SimpleNotificationService-{name:length(32)}.pem", (HttpContext http, string name) => topics.ShowCertificateAsync(http, name)).ExcludeFromDescription();
    }
}

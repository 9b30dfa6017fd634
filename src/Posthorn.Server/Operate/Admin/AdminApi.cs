using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Posthorn.Client.Contracts;
using Posthorn.Server.Operate.Admin.Commands;
using Posthorn.Server.Operate.Admin.Http;
using Posthorn.Server.Operate.Admin.Messages;
using Posthorn.Server.Operate.Admin.Nodes;
using Posthorn.Server.Operate.Admin.Queues;
using Posthorn.Server.Operate.Admin.Sending;
using Posthorn.Server.Operate.Admin.Steering;
using Posthorn.Server.Operate.Admin.Webhooks;
using Posthorn.Server.Operate.Clustering;
using Posthorn.Server.Operate.Configuration;
using Posthorn.Server.Retrieve.Streams;

namespace Posthorn.Server.Operate.Admin;

/// <summary>The HTTP API under <c>/v1</c>: what an administrator sees and steers, and the plain way in and out of queues.</summary>
/// <remarks>
/// Needs of the services: the engine, accounts, mail spool, bounce writer, standing orders, destinations, webhooks, timeline and its store,
/// <see cref="PosthornOptions"/> and <see cref="TimeProvider"/>.
/// </remarks>
public static class AdminApi
{
    public static IServiceCollection AddAdminApi(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(s => new ServerClock(s.GetRequiredService<TimeProvider>().GetUtcNow()));
        services.AddCluster();
        services.AddSingleton<MessagePlanner>();
        services.AddSingleton<MessageHand>();
        services.AddSingleton<OrderDesk>();
        services.AddSingleton<CommandDesk>();
        services.AddSingleton<WebhookDesk>();
        services.AddSingleton(s => new MailComposer(s.GetRequiredService<PosthornOptions>().Hostname, s.GetRequiredService<TimeProvider>()));
        services.ConfigureHttpJsonOptions(json =>
        {
            var options = json.SerializerOptions;
            foreach (var converter in PosthornJson.Default.Options.Converters)
                options.Converters.Add(converter);
            options.DefaultIgnoreCondition = PosthornJson.Default.Options.DefaultIgnoreCondition;
            options.UnmappedMemberHandling = PosthornJson.Default.Options.UnmappedMemberHandling;
            options.RespectNullableAnnotations = true;
            options.TypeInfoResolverChain.Insert(0, PosthornJson.Default);
        });
        services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true); // so that the gate can say what was bad
        services.AddStreams();
        ApiDocument.Add(services);
        return services;
    }

    public static void MapAdminApi(this IEndpointRouteBuilder endpoints)
    {
        // Resolved now, so that the start counts from the start and not from the first request.
        endpoints.ServiceProvider.GetRequiredService<ServerClock>();
        var v1 = endpoints.MapGroup("/v1");
        AdminGate.Guard(v1);
        ServerEndpoints.Map(v1);
        QueueEndpoints.Map(v1);
        MessageEndpoints.Map(v1);
        TaskEndpoints.Map(v1);
        SendEndpoints.Map(v1);
        LeaseEndpoints.Map(v1);
        StreamEndpoint.Map(v1);
        OrderEndpoints.Map(v1);
        DestinationEndpoints.Map(v1);
        NodeEndpoints.Map(v1);
        WebhookEndpoints.Map(v1);
        TraceEndpoints.Map(v1);
        v1.MapOpenApi("/openapi.json").ExcludeFromDescription();
        v1.MapFallback("{**rest}", (HttpContext http) => Task.FromException(Problems.NoSuchResource(http.Request))).ExcludeFromDescription();
    }
}

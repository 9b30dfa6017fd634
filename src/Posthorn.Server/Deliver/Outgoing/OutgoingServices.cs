using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Posthorn.Clustering;
using Posthorn.Engine;
using Posthorn.Server.Deliver.Outgoing.Bounces;
using Posthorn.Server.Deliver.Outgoing.Connections;
using Posthorn.Server.Deliver.Outgoing.Resolving;
using Posthorn.Server.Operate.Clustering;
using Posthorn.Server.Operate.Configuration;
using Posthorn.Server.Operate.Orders;
using Posthorn.Server.Operate.Timeline;

namespace Posthorn.Server.Deliver.Outgoing;

/// <summary>Wires outgoing mail up.</summary>
public static class OutgoingServices
{
    private const string ResolvConf = "/etc/resolv.conf";
    private const string Hosts = "/etc/hosts";

    /// <summary>
    /// The dispatcher as a hosted service and as <see cref="IDestinations"/>, the bounce writer, and, unless others were registered before, the resolver and the connector.
    /// Needs the engine, <see cref="PosthornOptions"/>, standing orders, the timeline and a <see cref="TimeProvider"/>.
    /// </summary>
    public static IServiceCollection AddOutgoing(this IServiceCollection services)
    {
        services.TryAddSingleton<IConnector, SocketConnector>();
        services.TryAddSingleton<IDnsResolver>(s => new DnsResolver(Resolver(s.GetRequiredService<PosthornOptions>().Outgoing), s.GetRequiredService<TimeProvider>()));
        services.TryAddSingleton<IBounceWriter, BounceWriter>();
        services.AddCluster();
        services.AddSingleton(s => new OutgoingDispatcher(
            s.GetRequiredService<IEngine>(), s.GetRequiredService<PosthornOptions>(), s.GetRequiredService<IDnsResolver>(), s.GetRequiredService<IConnector>(),
            s.GetRequiredService<IBounceWriter>(), s.GetRequiredService<IStandingOrders>(), s.GetRequiredService<ITimeline>(), s.GetRequiredService<ICluster>(),
            s.GetRequiredService<NodeTally>(), s.GetRequiredService<TimeProvider>(), s.GetRequiredService<ILogger<OutgoingDispatcher>>()));
        services.AddSingleton<IDestinations>(s => s.GetRequiredService<OutgoingDispatcher>());
        services.AddSingleton<IHostedService>(s => s.GetRequiredService<OutgoingDispatcher>());
        return services;
    }

    private static ResolverOptions Resolver(OutgoingOptions options)
    {
        var read = ResolverOptions.ParseResolvConf(File.Exists(ResolvConf) ? File.ReadAllText(ResolvConf) : "");
        return read with
        {
            Servers = options.Resolvers.Count > 0 ? options.Resolvers : read.Servers,
            Hosts = ResolverOptions.ParseHosts(File.Exists(Hosts) ? File.ReadAllText(Hosts) : ""),
        };
    }
}

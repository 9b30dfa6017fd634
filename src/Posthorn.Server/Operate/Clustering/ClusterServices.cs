using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Posthorn.Clustering;
using Posthorn.Engine;
using Posthorn.Server.Operate.Configuration;

namespace Posthorn.Server.Operate.Clustering;

/// <summary>Puts the cluster into a host: the engine's, or one of this node alone.</summary>
internal static class ClusterServices
{
    /// <summary>What every part that takes on work needs. Needs of the container: <see cref="IEngine"/>, <see cref="PosthornOptions"/> and <see cref="TimeProvider"/>.</summary>
    public static IServiceCollection AddCluster(this IServiceCollection services)
    {
        services.TryAddSingleton(p => p.GetRequiredService<IEngine>() is ISharedEngine shared
            ? shared.Cluster
            : new SoleNode(p.GetRequiredService<PosthornOptions>().NodeName, p.GetRequiredService<TimeProvider>().GetUtcNow()));
        services.TryAddSingleton<Duty>();
        services.TryAddSingleton<NodeTally>();
        return services;
    }

    /// <summary>What tells the other nodes of this one, and does what is left of those that died.</summary>
    public static IServiceCollection AddNodePulse(this IServiceCollection services) => services.AddSingleton<IHostedService, NodePulse>();
}

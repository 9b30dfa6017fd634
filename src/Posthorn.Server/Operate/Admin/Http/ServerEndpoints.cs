using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Posthorn.Client.Contracts;
using Posthorn.Clustering;
using Posthorn.Engine;
using Posthorn.Server.Operate.Clustering;
using Posthorn.Server.Operate.Configuration;
using EngineState = Posthorn.Client.Contracts.EngineState;

namespace Posthorn.Server.Operate.Admin.Http;

/// <summary>How the server is.</summary>
internal static class ServerEndpoints
{
    public static void Map(RouteGroupBuilder v1) => v1.MapGet("/server", Show).WithTags("Server").WithSummary("How the server is");

    private static Ok<ServerInfo> Show(IEngine engine, ICluster cluster, PosthornOptions options, ServerClock clock)
    {
        var health = engine.Health;
        var queues = engine.Queues();
        return TypedResults.Ok(new ServerInfo
        {
            Version = ServerVersion.Text,
            Hostname = options.Hostname,
            Node = cluster.View.Self.Name,
            IsDraining = cluster.View.Self.State == NodeState.Draining,
            StartedAt = clock.StartedAt,
            Engine = health.State switch
            {
                Posthorn.Engine.EngineState.Serving => EngineState.Serving,
                Posthorn.Engine.EngineState.Full => EngineState.Full,
                Posthorn.Engine.EngineState.Failed => EngineState.Failed,
                _ => throw new InvalidOperationException($"The engine is in no known state: {health.State}."),
            },
            Reason = health.Reason,
            FreeBytes = health.FreeBytes,
            Queues = queues.Count,
            Messages = queues.Sum(q => q.Messages),
        });
    }
}

using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Posthorn.Client.Contracts.Nodes;
using Posthorn.Clustering;
using Posthorn.Server.Operate.Admin.Http;
using ClusterState = Posthorn.Clustering.NodeState;
using NodeState = Posthorn.Client.Contracts.Nodes.NodeState;

namespace Posthorn.Server.Operate.Admin.Nodes;

/// <summary>The nodes that share the queues: list, drain, resume. Any of them can be asked about any.</summary>
internal static class NodeEndpoints
{
    private const string Self = "self";

    public static void Map(RouteGroupBuilder v1)
    {
        var nodes = v1.MapGroup("/nodes").WithTags("Nodes");
        nodes.MapGet("", List).WithSummary("The nodes that share the queues, as the one asked sees them");
        nodes.MapGet("/{node}", Show).WithSummary("One node, by its name or number; 'self' is the one asked");
        nodes.MapPost("/{node}/drain", (ICluster cluster, string node, CancellationToken cancellationToken) => DrainAsync(cluster, node, true, cancellationToken))
            .WithSummary("Let a node take on nothing new and finish what it has begun; a restart ends it");
        nodes.MapPost("/{node}/resume", (ICluster cluster, string node, CancellationToken cancellationToken) => DrainAsync(cluster, node, false, cancellationToken))
            .WithSummary("Let a node take on work again");
    }

    private static Ok<NodeList> List(ICluster cluster)
    {
        var view = cluster.View;
        return TypedResults.Ok(new NodeList([.. Shown(view).Select(n => ToContract(n, view))]));
    }

    private static Ok<NodeInfo> Show(ICluster cluster, string node)
    {
        var view = cluster.View;
        return TypedResults.Ok(ToContract(Find(view, node), view));
    }

    private static async Task<Ok<NodeInfo>> DrainAsync(ICluster cluster, string name, bool isDraining, CancellationToken cancellationToken)
    {
        var view = cluster.View;
        var node = Find(view, name);
        if (node.State == ClusterState.Dead)
            throw Problems.Conflict("node-dead", $"The node '{node.Name}' is dead: others do its work already.");
        if (!await cluster.DrainAsync(node.Id, isDraining, cancellationToken))
            throw Problems.NotFound("node", name);
        // What it will be seen as within a second.
        return TypedResults.Ok(ToContract(node with { State = isDraining ? ClusterState.Draining : ClusterState.Live }, view));
    }

    private static ClusterNode Find(ClusterView view, string name)
    {
        if (name == Self)
            return view.Self;
        var found = view.Nodes.Where(n => n.Id.ToString(CultureInfo.InvariantCulture) == name).ToList();
        if (found.Count == 0)
            found = [.. Shown(view).Where(n => n.Name.Equals(name, StringComparison.OrdinalIgnoreCase))];
        return found switch
        {
            [var only] => only,
            [] => throw Problems.Unknown("node", name, Shown(view).Select(n => n.Name)),
            _ => throw Problems.Conflict("node-ambiguous", $"{found.Count} nodes are called '{name}': say which by its number, {string.Join(" or ", found.Select(n => n.Id))}."),
        };
    }

    /// <summary>One that died and came again under its name is told once.</summary>
    private static IEnumerable<ClusterNode> Shown(ClusterView view) =>
        view.Nodes.Where(n => n.State != ClusterState.Dead || !view.Nodes.Any(o => o.Name == n.Name && o.Id > n.Id));

    private static NodeInfo ToContract(ClusterNode node, ClusterView view)
    {
        var figures = node.State == ClusterState.Dead ? NodeFigures.None : node.Report.Figures;
        return new NodeInfo
        {
            Name = node.Name,
            Id = node.Id,
            IsSelf = node.Id == view.Self.Id,
            State = node.State switch
            {
                ClusterState.Live => NodeState.Live,
                ClusterState.Draining => NodeState.Draining,
                ClusterState.Dead => NodeState.Dead,
                _ => throw new InvalidOperationException($"{node.State} is no state of a node."),
            },
            StartedAt = node.StartedAt.ToUniversalTime(),
            Silence = node.Silence,
            Version = node.Report.Version,
            Doors = node.Report.Doors,
            Destinations = figures.Destinations,
            Connections = figures.Connections,
            Sessions = figures.Sessions,
            Deliveries = figures.Deliveries,
            AcceptedPerMinute = figures.AcceptedPerMinute,
            DeliveredPerMinute = figures.DeliveredPerMinute,
        };
    }
}

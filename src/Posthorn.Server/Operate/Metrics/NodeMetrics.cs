using System.Globalization;
using Posthorn.Clustering;

namespace Posthorn.Server.Operate.Metrics;

/// <summary>The figures of this node, and of the cluster as it sees it. Other figures are told apart by the scraper's own label; the info joins the two.</summary>
internal static class NodeMetrics
{
    public static void Write(PrometheusText text, ClusterView view)
    {
        var (self, figures) = (view.Self, view.Self.Report.Figures);
        text.Family("posthorn_node_info", MetricKind.Gauge, "1, with what this node is called.");
        text.Sample("posthorn_node_info", 1, ("node", self.Name), ("id", self.Id.ToString(CultureInfo.InvariantCulture)), ("version", self.Report.Version));

        text.Family("posthorn_cluster_nodes", MetricKind.Gauge, "Nodes that share the queues, as this one sees them.");
        foreach (var state in Enum.GetValues<NodeState>())
            text.Sample("posthorn_cluster_nodes", view.Nodes.Count(n => n.State == state), ("state", state.ToString().ToLowerInvariant()));

        Gauge("posthorn_node_draining", self.State == NodeState.Draining ? 1 : 0, "1 while this node takes on nothing new.");
        Gauge("posthorn_node_destinations", figures.Destinations, "Destinations of outgoing mail that belong to this node.");
        Gauge("posthorn_node_connections", figures.Connections, "Connections of this node to other mail servers, idle ones included.");
        Gauge("posthorn_node_sessions", figures.Sessions, "Sessions of clients at this node's doors for mail.");
        Gauge("posthorn_node_deliveries", figures.Deliveries, "Deliveries of this node that are under way.");

        void Gauge(string name, double value, string help)
        {
            text.Family(name, MetricKind.Gauge, help);
            text.Sample(name, value, ("node", self.Name));
        }
    }
}

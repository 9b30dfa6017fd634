namespace Posthorn.Server.Deliver.Outgoing.Overview;

/// <summary>A destination as all nodes together know it.</summary>
/// <param name="Figures">Its connections and counts on all nodes; limit, back-off and reply as its own node has them.</param>
/// <param name="Node">The node that it belongs to; null where a node is alone, and while none takes on work.</param>
/// <param name="IsUntold">Whether that node has not told of it: then limit and back-off are not known, and connections and counts lack that node's.</param>
internal sealed record KnownDestination(DestinationFigures Figures, string? Node, bool IsUntold);

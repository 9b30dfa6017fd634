using Posthorn.Clustering;

namespace Posthorn.Server.Deliver.Outgoing.Overview;

/// <summary>Puts together what this node knows of the destinations and what the others have told. Pure.</summary>
/// <remarks>
/// A destination has one node, but another one may still finish what it had begun: connections and counts are added up, and what only one can decide, the limit
/// and the back-off, is its own node's. Where nodes disagree on a domain's destination, this node is right.
/// </remarks>
internal static class DestinationOverview
{
    /// <summary>All destinations that any node knows, each domain with one of them.</summary>
    /// <param name="view">The nodes.</param>
    /// <param name="keyOf">What a destination is called when its node is chosen.</param>
    /// <param name="own">What this node knows.</param>
    /// <param name="others">What the others told.</param>
    public static IReadOnlyList<KnownDestination> Of(ClusterView view, Func<string, string> keyOf, IReadOnlyList<DestinationFigures> own, IReadOnlyList<NodeNotice> others)
    {
        var tellers = new List<(long Node, DestinationFigures Figures)>(own.Select(f => (view.Self.Id, f)));
        tellers.AddRange(others.Where(o => o.Notice is not null).SelectMany(o => o.Notice!.Destinations.Select(f => (o.Node.Id, f))));
        var nameOf = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (_, figures) in tellers)
        {
            foreach (var domain in figures.Domains)
                nameOf.TryAdd(domain, figures.Name);
        }

        var domainsOf = nameOf.ToLookup(p => p.Value, p => p.Key, StringComparer.Ordinal);
        return [.. tellers.GroupBy(t => t.Figures.Name, StringComparer.Ordinal).Select(t => Known(view, keyOf(t.Key), [.. t], [.. domainsOf[t.Key]], others))];
    }

    private static KnownDestination Known(
        ClusterView view, string key, List<(long Node, DestinationFigures Figures)> tellers, IReadOnlyList<string> domains, IReadOnlyList<NodeNotice> others)
    {
        var owner = view.Nodes.Count > 1 ? view.OwnerOf(key) : null;
        var decides = owner?.Id ?? view.Self.Id;
        var told = tellers.Find(t => t.Node == decides).Figures;
        var figures = new DestinationFigures
        {
            Name = tellers[0].Figures.Name,
            Domains = domains,
            Connections = tellers.Sum(t => t.Figures.Connections),
            ConcurrencyLimit = told?.ConcurrencyLimit ?? 0,
            BackingOffUntil = told?.BackingOffUntil,
            LastReply = told?.LastReply ?? tellers.Select(t => t.Figures.LastReply).FirstOrDefault(r => r is not null),
            Delivered = tellers.Sum(t => t.Figures.Delivered),
            Failed = tellers.Sum(t => t.Figures.Failed),
            Deferred = tellers.Sum(t => t.Figures.Deferred),
        };
        // A node that has told all it has, has nothing to tell of this one: it is as if new.
        var isUntold = told is null && others.FirstOrDefault(o => o.Node.Id == decides) is { Notice: not { LeftOff: 0 } };
        return new KnownDestination(figures, owner?.Name, isUntold);
    }
}

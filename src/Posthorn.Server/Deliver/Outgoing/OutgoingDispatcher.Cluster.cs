using Posthorn.Clustering;
using Posthorn.Server.Deliver.Outgoing.Connections;
using Posthorn.Server.Deliver.Outgoing.Resolving;

namespace Posthorn.Server.Deliver.Outgoing;

/// <content>
/// The dispatchers of several nodes share the destinations: each belongs to one node, so that its limits of connections, its rate and its back-off hold for all
/// nodes together. Nothing hangs on it that all see the same view: what two lease at once is leased by one of them.
/// </content>
public sealed partial class OutgoingDispatcher
{
    private static string KeyOf(string destination) => $"destination/{destination}";

    private bool IsOwn(string destination) => _cluster.View.IsOwn(KeyOf(destination));

    // A courier may just be about to lease more for a destination that has moved: it is one batch, and then there is nothing left for it here.
    private void PassOn()
    {
        List<SmtpConnection> idle;
        lock (_gate)
            idle = _board.PassOn();
        if (idle.Count > 0)
            _ = Task.WhenAll(idle.Select(c => CloseAsync(c).AsTask())); // each says QUIT, and throws nothing
        Pump();
    }

    // What waits too long is ended where it would be delivered: the sweep and the couriers look out for each other within a process only.
    private async ValueTask<bool> IsSweptHereAsync(string? group, CancellationToken cancellationToken)
    {
        if (_cluster.View.Owners.Count == 1)
            return IsOwn("");
        var domain = OutgoingGroup.Parse(group ?? "").Domain;
        lock (_gate)
        {
            if (_routesByDomain.TryGetValue(domain, out var known) && known.Until > _time.GetUtcNow())
                return IsOwn(known.Destination.Name);
        }

        return IsOwn(await _routes.FindAsync(domain, cancellationToken) is Route.To route ? route.Name : domain);
    }

    private NodeFigures Figures()
    {
        lock (_gate)
        {
            return new NodeFigures
            {
                Destinations = _board.Destinations.Count(d => IsOwn(d.Name)),
                Connections = _board.Destinations.Sum(d => d.Couriers + d.Idle.Count),
                Deliveries = _couriers.Count,
            };
        }
    }
}

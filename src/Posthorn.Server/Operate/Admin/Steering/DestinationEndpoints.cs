using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Posthorn.Client.Contracts.Destinations;
using Posthorn.Client.Contracts.Orders;
using Posthorn.Server.Deliver.Outgoing;
using Posthorn.Server.Operate.Admin.Http;
using Posthorn.Server.Operate.Orders;
using DestinationState = Posthorn.Client.Contracts.Destinations.DestinationState;
using OrderAction = Posthorn.Client.Contracts.Orders.OrderAction;

namespace Posthorn.Server.Operate.Admin.Steering;

/// <summary>Destinations: list, show, suspend, resume, retry now. A suspension is a standing order, so it survives a restart.</summary>
internal static class DestinationEndpoints
{
    public static void Map(RouteGroupBuilder v1)
    {
        var destinations = v1.MapGroup("/destinations").WithTags("Destinations");
        destinations.MapGet("", ListAsync).WithSummary("Destinations that mail waits for or goes to, of all nodes");
        destinations.MapGet("/{destination}", ShowAsync).WithSummary("One destination, by its name or a domain it serves");
        destinations.MapPost("/{destination}/suspend", SuspendAsync).WithSummary("Stop the delivery to a destination or domain; its mail waits");
        destinations.MapPost("/{destination}/resume", ResumeAsync).WithSummary("Deliver again");
        destinations.MapPost("/{destination}/retry", RetryAsync).WithSummary("End the back-off and make everything that waits due now");
    }

    private static async Task<Ok<DestinationList>> ListAsync(IDestinations destinations, IStandingOrders orders, CancellationToken cancellationToken)
    {
        var listing = await destinations.ListAsync(cancellationToken);
        return TypedResults.Ok(new DestinationList([.. listing.Destinations.Select(d => ToContract(d, orders))])
        {
            Nodes = listing.Nodes.Count == 0 ? null : [.. listing.Nodes.Select(n => new DestinationSource(n.Name, n.Age, n.LeftOff))],
        });
    }

    private static async Task<Ok<DestinationInfo>> ShowAsync(
        IDestinations destinations, IStandingOrders orders, string destination, CancellationToken cancellationToken) =>
        TypedResults.Ok(ToContract(await FindAsync(destinations, destination, cancellationToken), orders));

    private static async Task<Ok<DestinationInfo>> SuspendAsync(
        HttpContext http, IDestinations destinations, IStandingOrders orders, OrderDesk desk, string destination, SuspendRequest request,
        CancellationToken cancellationToken)
    {
        // A domain may be suspended before there is any mail for it.
        foreach (var domain in DomainsOf(await destinations.FindAsync(destination, cancellationToken), destination))
        {
            foreach (var former in Suspensions(orders, [domain]))
                await orders.CancelAsync(former.Id, cancellationToken);
            await desk.GiveAsync(
                new OrderRequest { Action = OrderAction.Suspend, Domain = domain, For = request.For, Reason = request.Reason }, http.Caller(), key: null,
                cancellationToken);
        }
        return TypedResults.Ok(ToContract(await destinations.FindAsync(destination, cancellationToken) ?? Unseen(destination), orders));
    }

    private static async Task<Ok<DestinationInfo>> ResumeAsync(
        IDestinations destinations, IStandingOrders orders, string destination, CancellationToken cancellationToken)
    {
        var known = await destinations.FindAsync(destination, cancellationToken);
        var suspensions = Suspensions(orders, DomainsOf(known, destination));
        if (known is null && suspensions.Count == 0)
            throw Problems.NotFound("destination", destination);
        foreach (var order in suspensions)
            await orders.CancelAsync(order.Id, cancellationToken);
        return TypedResults.Ok(ToContract(await destinations.FindAsync(destination, cancellationToken) ?? Unseen(destination), orders));
    }

    private static async Task<Ok<DestinationInfo>> RetryAsync(
        IDestinations destinations, IStandingOrders orders, string destination, CancellationToken cancellationToken)
    {
        if (await destinations.RetryNowAsync(destination, cancellationToken) is null)
            throw Problems.NotFound("destination", destination);
        return TypedResults.Ok(ToContract(await FindAsync(destinations, destination, cancellationToken), orders));
    }

    private static async Task<DestinationStatus> FindAsync(IDestinations destinations, string name, CancellationToken cancellationToken) =>
        await destinations.FindAsync(name, cancellationToken) ?? throw Problems.NotFound("destination", name);

    private static DestinationStatus Unseen(string domain) => new() { Name = domain, Domains = [domain] };

    /// <summary>The domains that are meant: one that was named itself, or all of a destination.</summary>
    private static IReadOnlyList<string> DomainsOf(DestinationStatus? status, string named) =>
        status is null || status.Domains.Count == 0 || status.Domains.Contains(named, StringComparer.OrdinalIgnoreCase) ? [named] : status.Domains;

    private static List<StandingOrder> Suspensions(IStandingOrders orders, IReadOnlyList<string> domains) =>
    [
        .. orders.InForce.Where(o => o is { Action: Operate.Orders.OrderAction.Suspend, Domain: { } domain, Sender: null, Recipient: null }
            && domains.Contains(domain, StringComparer.OrdinalIgnoreCase)),
    ];

    private static DestinationInfo ToContract(DestinationStatus status, IStandingOrders orders)
    {
        var suspensions = Suspensions(orders, [status.Name, .. status.Domains]);
        var suspended = status.Domains.Where(d => suspensions.Exists(o => d.Equals(o.Domain, StringComparison.OrdinalIgnoreCase))).ToList();
        var isSuspended = status.State == Deliver.Outgoing.DestinationState.Suspended
            || (suspended.Count > 0 && suspended.Count == status.Domains.Count);
        return new DestinationInfo
        {
            Name = status.Name,
            Domains = status.Domains,
            Node = status.Node,
            IsUntold = status.IsUntold,
            State = isSuspended ? DestinationState.Suspended
                : status.State == Deliver.Outgoing.DestinationState.BackingOff ? DestinationState.BackingOff
                : DestinationState.Active,
            Until = (isSuspended ? suspensions.Select(o => o.Until).FirstOrDefault() : status.BackingOffUntil)?.ToUniversalTime(),
            SuspendedDomains = suspended.Count == 0 ? null : suspended,
            Reason = isSuspended ? suspensions.Select(o => o.Reason).FirstOrDefault() : null,
            Queued = status.Queued,
            Ready = status.Ready,
            OldestEnqueuedAt = status.OldestEnqueuedAt?.ToUniversalTime(),
            Connections = status.Connections,
            ConcurrencyLimit = status.ConcurrencyLimit,
            LastReply = status.LastReply,
            Delivered = status.Delivered,
            Failed = status.Failed,
            Deferred = status.Deferred,
        };
    }
}

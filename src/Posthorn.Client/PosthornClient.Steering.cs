using Posthorn.Client.Contracts;
using Posthorn.Client.Contracts.Destinations;
using Posthorn.Client.Contracts.Orders;

namespace Posthorn.Client;

public sealed partial class PosthornClient
{
    /// <summary>All standing orders in force.</summary>
    public async Task<IReadOnlyList<OrderInfo>> ListOrdersAsync(CancellationToken cancellationToken = default) =>
        (await GetAsync("v1/orders", PosthornJson.Default.OrderList, cancellationToken).ConfigureAwait(false)).Orders;

    /// <summary>Gives a standing order; durable when the call returns.</summary>
    public Task<OrderInfo> GiveOrderAsync(OrderRequest order, CancellationToken cancellationToken = default) =>
        SendAsync(HttpMethod.Post, "v1/orders", order, PosthornJson.Default.OrderRequest, PosthornJson.Default.OrderInfo, cancellationToken);

    /// <summary>Takes a standing order back.</summary>
    public Task CancelOrderAsync(string id, CancellationToken cancellationToken = default) => DeleteAsync("v1/orders/" + Escape(id), cancellationToken);

    /// <summary>All destinations, of all nodes, and how old it is what the others told of theirs.</summary>
    public Task<DestinationList> ListDestinationsAsync(CancellationToken cancellationToken = default) =>
        GetAsync("v1/destinations", PosthornJson.Default.DestinationList, cancellationToken);

    /// <summary>One destination.</summary>
    public Task<DestinationInfo> GetDestinationAsync(string name, CancellationToken cancellationToken = default) =>
        GetAsync(Destination(name), PosthornJson.Default.DestinationInfo, cancellationToken);

    /// <summary>Stops the delivery to a destination; its mail waits.</summary>
    public Task<DestinationInfo> SuspendDestinationAsync(string name, SuspendRequest request, CancellationToken cancellationToken = default) =>
        SendAsync(
            HttpMethod.Post, Destination(name) + "/suspend", request, PosthornJson.Default.SuspendRequest, PosthornJson.Default.DestinationInfo,
            cancellationToken);

    /// <summary>Delivers to a destination again.</summary>
    public Task<DestinationInfo> ResumeDestinationAsync(string name, CancellationToken cancellationToken = default) =>
        PostAsync(Destination(name) + "/resume", PosthornJson.Default.DestinationInfo, cancellationToken);

    /// <summary>Makes everything that waits for a destination due now and forgets its failures.</summary>
    public Task<DestinationInfo> RetryDestinationAsync(string name, CancellationToken cancellationToken = default) =>
        PostAsync(Destination(name) + "/retry", PosthornJson.Default.DestinationInfo, cancellationToken);

    private static string Destination(string name) => "v1/destinations/" + Escape(name);
}

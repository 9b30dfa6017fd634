using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Posthorn.Client.Contracts.Orders;
using Posthorn.Server.Operate.Admin.Http;
using Posthorn.Server.Operate.Orders;

namespace Posthorn.Server.Operate.Admin.Steering;

/// <summary>Standing orders: give, list, take back.</summary>
internal static class OrderEndpoints
{
    public static void Map(RouteGroupBuilder v1)
    {
        var orders = v1.MapGroup("/orders").WithTags("Orders");
        orders.MapGet("", List).WithSummary("Standing orders in force, the oldest first");
        orders.MapPost("", GiveAsync).WithSummary("Give a standing order: it also catches what is in flight or still to come, and survives a restart");
        orders.MapDelete("/{id}", CancelAsync).WithSummary("Take a standing order back");
    }

    private static Ok<OrderList> List(IStandingOrders orders) => TypedResults.Ok(new OrderList([.. orders.InForce.Select(OrderDesk.ToContract)]));

    private static async Task<Created<OrderInfo>> GiveAsync(HttpContext http, OrderDesk desk, OrderRequest order, CancellationToken cancellationToken)
    {
        var given = await desk.GiveAsync(order, http.Caller(), IdempotencyKey.Of(http), cancellationToken);
        return TypedResults.Created("/v1/orders/" + given.Id, given);
    }

    private static async Task<NoContent> CancelAsync(IStandingOrders orders, string id, CancellationToken cancellationToken) =>
        await orders.CancelAsync(id, cancellationToken) ? TypedResults.NoContent() : throw Problems.NotFound("order", id);
}

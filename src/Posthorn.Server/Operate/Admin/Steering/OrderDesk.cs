using Posthorn.Client.Contracts.Messages;
using Posthorn.Client.Contracts.Orders;
using Posthorn.Protocols.Smtp;
using Posthorn.Server.Operate.Accounts;
using Posthorn.Server.Operate.Admin.Commands;
using Posthorn.Server.Operate.Admin.Http;
using Posthorn.Server.Operate.Orders;
using OrderAction = Posthorn.Client.Contracts.Orders.OrderAction;

namespace Posthorn.Server.Operate.Admin.Steering;

/// <summary>Gives standing orders, those that go with a command among them.</summary>
internal sealed class OrderDesk(IStandingOrders orders, TimeProvider time)
{
    /// <summary>The order that catches what comes later for a command with a duration.</summary>
    /// <exception cref="ProblemException">There is no such order: another action, or a query an order cannot express.</exception>
    public static OrderRequest RequestOf(MessageCommand command)
    {
        var query = command.Query;
        if (query != new MessageQuery { Sender = query.Sender, Recipient = query.Recipient, Domain = query.Domain, Queues = query.Queues })
            throw Problems.BadRequest("for: what comes later is chosen by sender, recipient and domain only.");
        return new OrderRequest
        {
            Action = command.Action switch
            {
                MessageAction.Bounce => OrderAction.Bounce,
                MessageAction.Hold => OrderAction.Hold,
                MessageAction.Remove => OrderAction.Discard,
                _ => throw Problems.BadRequest("for: belongs to bounce, hold and remove."),
            },
            Sender = query.Sender,
            Recipient = query.Recipient,
            Domain = query.Domain,
            For = command.For,
            Reason = command.Reason,
        };
    }

    /// <summary>Gives an order; the same key gives the same order once.</summary>
    public async Task<OrderInfo> GiveAsync(OrderRequest request, Account by, string? key, CancellationToken cancellationToken)
    {
        if (request is { Domain: null, Sender: null, Recipient: null })
            throw Problems.BadRequest("An order is for a domain, a sender or a recipient: name at least one.");
        if (request.Action == OrderAction.Suspend && request.Domain is null)
            throw Problems.BadRequest("domain: a suspension is for a domain.");
        if (request.For is { } duration && duration <= TimeSpan.Zero)
            throw Problems.BadRequest("for: more than nothing.");
        var id = key is null ? Guid.NewGuid().ToString("N")[..8] : key[^8..];
        if (orders.InForce.FirstOrDefault(o => o.Id == id) is { } first)
            return ToContract(first);
        var now = time.GetUtcNow();
        var order = new StandingOrder
        {
            Id = id,
            Action = ToServer(request.Action),
            Domain = request.Domain,
            Sender = request.Sender,
            Recipient = request.Recipient,
            Until = now + request.For,
            Reason = ReasonOf(request, by),
            By = by.Name,
            At = now,
        };
        await orders.GiveAsync(order, cancellationToken);
        return ToContract(order);
    }

    public static OrderInfo ToContract(StandingOrder order) => new()
    {
        Id = order.Id,
        Action = ToContract(order.Action),
        Domain = order.Domain,
        Sender = order.Sender,
        Recipient = order.Recipient,
        Until = order.Until?.ToUniversalTime(),
        Reason = order.Reason,
        By = order.By,
        At = order.At.ToUniversalTime(),
    };

    private static string ReasonOf(OrderRequest request, Account by)
    {
        if (request.Action != OrderAction.Bounce)
            return request.Reason ?? $"by {by.Name}";
        var reason = request.Reason ?? MessagePlanner.StandardBounce;
        return SmtpReply.TryParse(reason, out var reply) && reply.IsPermanent ? reason
            : throw Problems.BadRequest("reason: a bounce's reason is a reply such as '550 5.7.1 Returned by the administrator'.");
    }

    private static Operate.Orders.OrderAction ToServer(OrderAction action) => action switch
    {
        OrderAction.Suspend => Operate.Orders.OrderAction.Suspend,
        OrderAction.Bounce => Operate.Orders.OrderAction.Bounce,
        OrderAction.Hold => Operate.Orders.OrderAction.Hold,
        OrderAction.Discard => Operate.Orders.OrderAction.Discard,
        _ => throw new ArgumentOutOfRangeException(nameof(action), action, null),
    };

    private static OrderAction ToContract(Operate.Orders.OrderAction action) => action switch
    {
        Operate.Orders.OrderAction.Suspend => OrderAction.Suspend,
        Operate.Orders.OrderAction.Bounce => OrderAction.Bounce,
        Operate.Orders.OrderAction.Hold => OrderAction.Hold,
        Operate.Orders.OrderAction.Discard => OrderAction.Discard,
        _ => throw new ArgumentOutOfRangeException(nameof(action), action, null),
    };
}

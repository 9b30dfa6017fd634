using System.CommandLine;
using Posthorn.Cli.Connection;
using Posthorn.Cli.Terminal;
using Posthorn.Client.Contracts.Orders;

namespace Posthorn.Cli.Steering;

/// <summary><c>posthorn order …</c></summary>
internal static class OrderCommands
{
    public static Command Build(ServerOptions server)
    {
        var group = new Command("order", "Standing orders: they also catch what is in flight or still to come");
        group.Subcommands.Add(List(server));
        group.Subcommands.Add(Give(server));
        group.Subcommands.Add(Cancel(server));
        return group;
    }

    private static Command List(ServerOptions server) =>
        server.Does(new Command("list", "Standing orders in force"), async (_, session, cancellationToken) =>
        {
            var orders = await session.Client.ListOrdersAsync(cancellationToken);
            if (session.AnswersJson(new OrderList(orders), j => j.OrderList))
                return ExitCode.Ok;
            if (orders.Count == 0)
                return session.Done("No standing orders.");
            var listing = new Listing("id", "action", "domain", "sender", "recipient", "ends", ">age", "by", "reason");
            foreach (var o in orders)
            {
                listing.Add(
                    o.Id, Readable.Word(o.Action), o.Domain ?? "any", o.Sender is "" ? "<>" : o.Sender ?? "any", o.Recipient ?? "any",
                    o.Until is null ? "never" : Readable.Until(o.Until, session.Now), Readable.Age(o.At, session.Now), o.By, o.Reason);
            }
            listing.Write(session.Surroundings);
            return ExitCode.Ok;
        });

    private static Command Give(ServerOptions server)
    {
        var action = new Argument<string>("action") { Description = "bounce, hold, discard or suspend" };
        var domain = new Option<string?>("--domain") { Description = "For mail to this domain", HelpName = "DOMAIN" };
        var sender = new Option<string?>("--sender") { Description = "For mail of this sender", HelpName = "ADDRESS" };
        var recipient = new Option<string?>("--recipient") { Description = "For mail to this recipient", HelpName = "ADDRESS" };
        var duration = OptionKinds.Duration("--for", "How long it is in force; without it until cancelled");
        var reason = new Option<string?>("--reason") { Description = "Why; of a bounce the reply that senders are told", HelpName = "TEXT" };
        return server.Does(new Command("give", "Give a standing order") { action, domain, sender, recipient, duration, reason }, async (parsed, session, cancellationToken) =>
        {
            var order = await session.Client.GiveOrderAsync(
                new OrderRequest
                {
                    Action = OptionKinds.ParseWord<OrderAction>(parsed.GetRequiredValue(action))
                        ?? throw new UsageException($"'{parsed.GetValue(action)}' is none of bounce, hold, discard, suspend."),
                    Domain = parsed.GetValue(domain), Sender = parsed.GetValue(sender), Recipient = parsed.GetValue(recipient), For = parsed.GetValue(duration),
                    Reason = parsed.GetValue(reason),
                },
                cancellationToken);
            return session.AnswersJson(order, j => j.OrderInfo) ? ExitCode.Ok
                : session.Done($"Order {order.Id} is in force{(order.Until is { } until ? $" until {Readable.Moment(until)}" : "")}.");
        });
    }

    private static Command Cancel(ServerOptions server)
    {
        var id = new Argument<string>("id") { Description = "The order's id" };
        return server.Does(new Command("cancel", "Take a standing order back") { id }, async (parsed, session, cancellationToken) =>
        {
            await session.Client.CancelOrderAsync(parsed.GetRequiredValue(id), cancellationToken);
            return session.Done($"Order {parsed.GetValue(id)} is cancelled.");
        });
    }
}

using Posthorn.Messages;
using Posthorn.Protocols.Smtp;
using Posthorn.Server.Deliver.Outgoing.Connections;
using Posthorn.Server.Operate.Orders;

namespace Posthorn.Server.Deliver.Outgoing.Settling;

/// <summary>What an administrator's standing orders say of a mail's recipients, looked up just before the attempt.</summary>
internal static class OrderedResults
{
    // An order that suspends a sender or a recipient, not a whole domain, is found only with the mail in hand: it is looked at again after a minute.
    private static readonly TimeSpan s_suspendedAgain = TimeSpan.FromMinutes(1);

    /// <summary>A result for each recipient that an order is about; the others are to be tried.</summary>
    public static List<RecipientResult> Of(Message message, IStandingOrders orders, DateTimeOffset now)
    {
        var results = new List<RecipientResult>();
        foreach (var recipient in message.Envelope.Recipients)
        {
            if (orders.Find(message, recipient) is not { } order)
                continue;
            results.Add(order.Action switch
            {
                OrderAction.Suspend => RecipientResult.NotTried(recipient, WaitFor(order, now)),
                OrderAction.Bounce => new RecipientResult(recipient, RecipientOutcome.Failed, BounceReply(order), null, null),
                OrderAction.Hold => new RecipientResult(recipient, RecipientOutcome.Held, new SmtpReply(450, new EnhancedStatusCode(4, 7, 0), $"held by {order.By}: {order.Reason}"), null, null),
                _ => new RecipientResult(recipient, RecipientOutcome.Discarded, new SmtpReply(250, new EnhancedStatusCode(2, 0, 0), $"discarded by {order.By}: {order.Reason}"), null, null),
            });
        }

        return results;
    }

    private static TimeSpan WaitFor(StandingOrder order, DateTimeOffset now)
    {
        if (order.Until is not { } until || until - now >= s_suspendedAgain)
            return s_suspendedAgain;
        return until > now ? until - now : TimeSpan.Zero;
    }

    private static SmtpReply BounceReply(StandingOrder order) =>
        SmtpReply.TryParse(order.Reason, out var reply) && reply.IsPermanent ? reply : new SmtpReply(550, new EnhancedStatusCode(5, 7, 1), order.Reason);
}

using Posthorn.Messages;

namespace Posthorn.Server.Operate.Orders;

/// <summary>The standing orders in force.</summary>
public interface IStandingOrders
{
    /// <summary>All, the ended ones left out, oldest first.</summary>
    IReadOnlyList<StandingOrder> InForce { get; }

    /// <summary>The order for one recipient of a mail (bounce and discard before hold before suspend); null when there is none. Costs nothing while no order is in force.</summary>
    StandingOrder? Find(Message message, Recipient recipient);

    /// <summary>Gives an order; durable when the call returns.</summary>
    ValueTask GiveAsync(StandingOrder order, CancellationToken cancellationToken);

    /// <summary>Takes an order back; false when there is none with this id.</summary>
    ValueTask<bool> CancelAsync(string id, CancellationToken cancellationToken);

    /// <summary>Raised after the orders changed, so that what waits can look again.</summary>
    event Action? Changed;
}

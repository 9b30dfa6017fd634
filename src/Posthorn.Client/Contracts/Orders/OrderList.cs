namespace Posthorn.Client.Contracts.Orders;

/// <summary>Standing orders in force, the oldest first.</summary>
/// <param name="Orders">The orders.</param>
public sealed record OrderList(IReadOnlyList<OrderInfo> Orders);

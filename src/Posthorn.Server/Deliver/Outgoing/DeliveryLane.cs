namespace Posthorn.Server.Deliver.Outgoing;

/// <summary>How often a mail was tried: each lane has slots of its own (<see cref="ConcurrencyOptions"/>).</summary>
public enum DeliveryLane
{
    First,
    Second,
    Later,
}

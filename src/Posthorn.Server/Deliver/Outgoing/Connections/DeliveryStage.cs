namespace Posthorn.Server.Deliver.Outgoing.Connections;

/// <summary>How far a delivery came.</summary>
public enum DeliveryStage
{
    Resolve,
    Connect,
    Greeting,
    Hello,
    StartTls,
    Auth,
    Mail,
    Recipient,
    DataStart,
    Data,
    DataEnd,
}

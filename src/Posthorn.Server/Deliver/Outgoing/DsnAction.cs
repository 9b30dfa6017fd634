namespace Posthorn.Server.Deliver.Outgoing;

/// <summary>What a notification tells (RFC 3464 2.3.3).</summary>
public enum DsnAction
{
    Failed,
    Delayed,
    Delivered,
    Relayed,
    Expanded,
}

namespace Posthorn.Protocols.Dsn;

/// <summary>What became of a recipient (RFC 3464 2.3.3).</summary>
public enum DeliveryAction
{
    /// <summary>It could not be delivered and will not be tried again.</summary>
    Failed,
    /// <summary>It could not be delivered yet.</summary>
    Delayed,
    /// <summary>It was delivered.</summary>
    Delivered,
    /// <summary>It went to a system that sends no reports.</summary>
    Relayed,
    /// <summary>It went to several further addresses.</summary>
    Expanded,
}

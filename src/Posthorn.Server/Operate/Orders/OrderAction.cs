namespace Posthorn.Server.Operate.Orders;

/// <summary>What a standing order does with mail it is for.</summary>
public enum OrderAction
{
    /// <summary>Delivery to the destination stops; its mail waits, its age goes on.</summary>
    Suspend,
    /// <summary>The mail is bounced.</summary>
    Bounce,
    /// <summary>The mail is held.</summary>
    Hold,
    /// <summary>The mail is removed without a word.</summary>
    Discard,
}

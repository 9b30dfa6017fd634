using System.Text.Json.Serialization;

namespace Posthorn.Client.Contracts.Orders;

/// <summary>What a standing order does with mail it is for.</summary>
[JsonConverter(typeof(KebabCase<OrderAction>))]
public enum OrderAction
{
    /// <summary>Delivery stops; the mail waits.</summary>
    Suspend,
    /// <summary>The mail is bounced.</summary>
    Bounce,
    /// <summary>The mail is held.</summary>
    Hold,
    /// <summary>The mail is removed without a word.</summary>
    Discard,
}

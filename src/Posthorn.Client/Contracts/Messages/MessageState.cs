using System.Text.Json.Serialization;

namespace Posthorn.Client.Contracts.Messages;

/// <summary>Where a message stands in its queue.</summary>
[JsonConverter(typeof(KebabCase<MessageState>))]
public enum MessageState
{
    /// <summary>It can be received now.</summary>
    Ready,
    /// <summary>Its due time has not come.</summary>
    Delayed,
    /// <summary>A consumer holds it until its lease ends.</summary>
    Leased,
    /// <summary>An administrator holds it.</summary>
    Held,
    /// <summary>It was consumed, and its queue keeps it to be replayed. Selected only when it is asked for.</summary>
    Consumed,
}

namespace Posthorn.Messages;

/// <summary>Where a message stands in its queue.</summary>
public enum MessageState : byte
{
    /// <summary>It can be received now.</summary>
    Ready,
    /// <summary>Its due time has not come.</summary>
    Delayed,
    /// <summary>A consumer holds it until its lease ends.</summary>
    Leased,
    /// <summary>An administrator holds it; it never becomes due or too old by itself.</summary>
    Held,
    /// <summary>It was acked or removed, and its queue keeps it for a time to be replayed (<see cref="Queues.QueuePolicy.KeepConsumed"/>). Only a filter that names this state selects it.</summary>
    Consumed,
}

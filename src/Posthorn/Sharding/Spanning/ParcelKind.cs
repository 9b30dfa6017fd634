namespace Posthorn.Sharding.Spanning;

/// <summary>What a parcel does where it goes. Kept in outboxes: values never change.</summary>
internal enum ParcelKind : byte
{
    /// <summary>A message comes in.</summary>
    Message = 1,
    /// <summary>A queue is made, or its policy replaced.</summary>
    Queue = 2,
    /// <summary>A queue goes.</summary>
    QueueRemoval = 3,
    /// <summary>A document is set or removed.</summary>
    Document = 4,
}

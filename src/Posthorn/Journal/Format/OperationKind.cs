namespace Posthorn.Journal.Format;

/// <summary>What an operation in a record does. The numbers are on disk.</summary>
internal enum OperationKind : byte
{
    /// <summary>Nothing (any more): a relocation whose message changed meanwhile.</summary>
    Nothing = 0,
    /// <summary>The lengths and checksums of the bodies of this record; the first operation of a record with bodies.</summary>
    Bodies = 1,
    /// <summary>A new message, whole.</summary>
    Add = 2,
    /// <summary>A message as it is from now on, whole: changed, moved or relocated.</summary>
    Put = 3,
    /// <summary>The end of a message.</summary>
    Remove = 4,
    /// <summary>How often a message was received.</summary>
    ReceiveCount = 5,
    /// <summary>A queue, new or with another policy.</summary>
    Queue = 6,
    /// <summary>The end of a queue and all in it.</summary>
    RemoveQueue = 7,
    /// <summary>A document, or its end.</summary>
    Document = 8,
    /// <summary>An idempotency key with its commit's result.</summary>
    Key = 9,
    /// <summary>The next message id, queue identity and number that are free.</summary>
    Counters = 10,
    /// <summary>A body that lies here from now on.</summary>
    Body = 11,
    /// <summary>A deduplication id with the message that had it first. 12 was used by no version.</summary>
    Deduplication = 13,
    /// <summary>The segments that live when a record of the whole state is written.</summary>
    Segments = 14,
}

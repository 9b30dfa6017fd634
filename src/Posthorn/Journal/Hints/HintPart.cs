namespace Posthorn.Journal.Hints;

/// <summary>The parts of a hint file, in their order.</summary>
internal enum HintPart
{
    /// <summary>Operations of the segment's last record of the whole state.</summary>
    State,
    /// <summary>Operations on queues and documents behind that.</summary>
    Changes,
    /// <summary>Operations with idempotency keys and deduplication ids.</summary>
    Keys,
    /// <summary>Per queue, by identity, the next number that is free.</summary>
    Numbers,
    /// <summary>Bodies that were written again in the segment.</summary>
    Bodies,
    /// <summary>Messages whose end is recorded in the segment, but for those that were added in it too; ascending.</summary>
    Removed,
    /// <summary>Receive counts of messages whose record is elsewhere.</summary>
    Receives,
    /// <summary>One row a message, ascending by id.</summary>
    Rows,
    /// <summary>The lanes that rows name: queue identity, length of the group, the group.</summary>
    Lanes,
    /// <summary>The sets of flags that rows name: length, the flags as an operation has them.</summary>
    FlagSets,
    /// <summary>Per message whose row cannot hold it, the number of its set of flags; ascending.</summary>
    ManyFlags,
}

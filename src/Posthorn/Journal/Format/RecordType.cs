namespace Posthorn.Journal.Format;

/// <summary>What a record is for. The numbers are on disk.</summary>
internal enum RecordType : byte
{
    /// <summary>Operations: a caller's commit, receive counts, relocations.</summary>
    Operations = 1,
    /// <summary>The state that is not in messages, whole: queues, documents, counters. The first records of a segment.</summary>
    State = 2,
    /// <summary>The last record of a segment; the next one continues.</summary>
    Sealed = 3,
    /// <summary>The engine was closed in order: all before it is known to be durable.</summary>
    Closed = 4,
    /// <summary>Stands where a repair set damaged bytes aside; says with which number and checksum the chain goes on.</summary>
    Gap = 5,
}

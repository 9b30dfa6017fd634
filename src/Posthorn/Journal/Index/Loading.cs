using Posthorn.Journal.Segments;

namespace Posthorn.Journal.Index;

/// <summary>What a start knows of what it has read so far, the newest segments first; dropped when it is over.</summary>
internal sealed class Loading
{
    /// <summary>Messages whose latest operation was met: removed, or as they stand there. What older segments say of them is past.</summary>
    public IdSet Decided { get; } = new();

    /// <summary>Receive counts recorded after the latest operation, and where.</summary>
    public Dictionary<ulong, (int Count, uint Segment)> Receives { get; } = [];

    /// <summary>Where bodies lie that were written again.</summary>
    public Dictionary<LogPosition, LogPosition> Bodies { get; } = [];

    /// <summary>Bodies of which a living message says that they may be shared.</summary>
    public HashSet<LogPosition> Shared { get; } = [];

    /// <summary>Queues whose end was read; a queue that is unknown otherwise was lost in a damaged range.</summary>
    public HashSet<long> RemovedQueues { get; } = [];

    /// <summary>The number of the segment from which on the state is known operation by operation.</summary>
    public uint StateFrom { get; set; }
}

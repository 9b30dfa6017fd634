namespace Posthorn.Engine.Transfer;

/// <summary>What came out when two stores were compared.</summary>
/// <param name="Queues">Each queue of the source, by name.</param>
/// <param name="Differences">The first differences found, for people; empty when there are none.</param>
/// <param name="DifferenceCount">How many there are in all.</param>
public sealed record TransferComparison(IReadOnlyList<QueueTally> Queues, IReadOnlyList<string> Differences, long DifferenceCount)
{
    /// <summary>Whether both hold the same.</summary>
    public bool IsSame => DifferenceCount == 0;
}

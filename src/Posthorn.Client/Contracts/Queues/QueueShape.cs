namespace Posthorn.Client.Contracts.Queues;

/// <summary>The age of what waits, by destination or sender (Postfix's <c>qshape</c>).</summary>
public sealed record QueueShape
{
    /// <summary>The queue.</summary>
    public required string Queue { get; init; }

    /// <summary>What the rows are.</summary>
    public required ShapeBy By { get; init; }

    /// <summary>Upper ends of the age classes, ascending; a last class above them all has none.</summary>
    public required IReadOnlyList<TimeSpan> AgesTo { get; init; }

    /// <summary>All messages; one with several destinations counts once.</summary>
    public required ShapeRow Total { get; init; }

    /// <summary>The largest rows first.</summary>
    public required IReadOnlyList<ShapeRow> Rows { get; init; }

    /// <summary>Messages counted in rows that were left out.</summary>
    public required long Others { get; init; }
}

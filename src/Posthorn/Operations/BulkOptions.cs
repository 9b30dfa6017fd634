namespace Posthorn.Operations;

/// <summary>How work on many messages goes on.</summary>
public sealed record BulkOptions
{
    /// <summary>Whether messages that somebody holds are taken from under his hands. Otherwise they are tried again some times, and then left alone and counted.</summary>
    public bool IncludeLeased { get; init; }

    /// <summary>Most messages a second: 1 or more; null, the default, is as fast as commits go. A redrive at the rate that consumers can bear.</summary>
    public int? MessagesPerSecond { get; init; }

    /// <summary>Most messages in one commit: 1 to 10 000; 1 000 by default, large enough that syncs do not matter, small enough that others' commits hardly wait.</summary>
    public int CommitMax { get; init; } = 1_000;

    /// <exception cref="ArgumentOutOfRangeException">A value is outside of its range.</exception>
    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(MessagesPerSecond ?? 1, 1, nameof(MessagesPerSecond));
        ArgumentOutOfRangeException.ThrowIfLessThan(CommitMax, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(CommitMax, 10_000);
    }
}

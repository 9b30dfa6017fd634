namespace Posthorn.Commits;

/// <summary>A commit that could not be done because of some of its messages or queues; nothing of it happened. Leave them out and commit the rest.</summary>
public sealed class CommitConflictException(IReadOnlyList<CommitConflict> conflicts) : InvalidOperationException(
    $"Nothing was committed: {conflicts.Count} of the operations cannot be done; the first is number {conflicts[0].Operation}: {conflicts[0].Reason}.")
{
    /// <summary>All operations that cannot be done; at least one.</summary>
    public IReadOnlyList<CommitConflict> Conflicts { get; } = conflicts;
}

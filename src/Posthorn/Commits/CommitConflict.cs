namespace Posthorn.Commits;

/// <summary>Why one operation could not be done.</summary>
/// <param name="Operation">Its index in <see cref="Commit.Operations"/>.</param>
/// <param name="Reason">What stood in the way.</param>
public readonly record struct CommitConflict(int Operation, ConflictReason Reason);

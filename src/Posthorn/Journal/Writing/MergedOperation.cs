using Posthorn.Commits;

namespace Posthorn.Journal.Writing;

/// <summary>An operation, and the index in the commit by which conflicts name it.</summary>
internal readonly record struct MergedOperation(CommitOperation Operation, int Index);

using Posthorn.Commits;
using Posthorn.Engine;

namespace Posthorn.PostgreSql.Committing;

/// <summary>What was decided of one piece of work; told when the batch is committed.</summary>
/// <param name="Work">The work.</param>
internal sealed record Outcome(Work Work)
{
    /// <summary>What it is answered when it succeeds.</summary>
    public CommitResult? Result { get; init; }

    /// <summary>Why it fails.</summary>
    public Exception? Failure { get; init; }

    /// <summary>Why it waits for room.</summary>
    public QueueFullException? Refusal { get; init; }

    public IReadOnlyCollection<CommitEffects> Effects { get; init; } = [];
}

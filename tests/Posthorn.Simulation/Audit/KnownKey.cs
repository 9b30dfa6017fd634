using Posthorn.Commits;

namespace Posthorn.Simulation.Audit;

/// <summary>An idempotency key whose commit has happened.</summary>
/// <param name="Asked">The commit.</param>
/// <param name="Added">What it was answered; null when the answer was lost.</param>
public sealed record KnownKey(AskedCommit Asked, AddedMessage[]? Added);

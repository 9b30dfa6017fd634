using Posthorn.Commits;

namespace Posthorn.Simulation.Audit;

/// <summary>An idempotency key whose commit has happened.</summary>
/// <param name="Asked">The commit.</param>
/// <param name="Added">What it was answered; null when the answer was lost.</param>
/// <param name="At">The wall time at which it was known to have happened.</param>
/// <param name="WallSteps">How often the clock had been set then.</param>
public sealed record KnownKey(AskedCommit Asked, AddedMessage[]? Added, DateTimeOffset At, int WallSteps);

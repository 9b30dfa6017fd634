namespace Posthorn.Engine;

/// <summary>
/// What the engine stands on cannot be reached now (a database that is restarted, a network that is cut). It may be tried again: the engine
/// goes on by itself when it is back.
/// </summary>
/// <param name="reason">What was tried.</param>
/// <param name="isOutcomeUnknown">See <see cref="IsOutcomeUnknown"/>.</param>
/// <param name="inner">What it failed with.</param>
public sealed class EngineUnavailableException(string reason, bool isOutcomeUnknown = false, Exception? inner = null) : IOException(reason, inner)
{
    /// <summary>
    /// True: the commit may have happened; its answer was lost. Send it again with the same <see cref="Commits.Commit.IdempotencyKey"/>. False: nothing happened.
    /// </summary>
    public bool IsOutcomeUnknown { get; } = isOutcomeUnknown;
}

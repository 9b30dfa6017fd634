namespace Posthorn.Simulation.Audit;

/// <summary>Something did not fit together, which may be because it was read while the engine was at work.</summary>
public sealed class MovingTargetException(string invariant, string finding) : Exception(finding)
{
    public string Invariant { get; } = invariant;
}

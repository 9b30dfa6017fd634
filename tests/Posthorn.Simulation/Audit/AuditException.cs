namespace Posthorn.Simulation.Audit;

/// <summary>An invariant of SIMULATION is broken.</summary>
public sealed class AuditException(string invariant, string finding) : Exception($"{invariant}: {finding}")
{
    public string Invariant { get; } = invariant;
}

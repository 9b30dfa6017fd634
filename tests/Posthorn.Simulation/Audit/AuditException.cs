namespace Posthorn.Simulation.Audit;

/// <summary>An invariant is broken; they are listed in <see cref="Auditor"/>.</summary>
public sealed class AuditException(string invariant, string finding) : Exception($"{invariant}: {finding}")
{
    public string Invariant { get; } = invariant;
}

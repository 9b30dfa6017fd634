namespace Posthorn.Simulation.Disk;

/// <summary>A fault that is to strike.</summary>
/// <param name="Life">In which life of the store, from 0.</param>
/// <param name="At">At which of its I/Os, from 0.</param>
/// <param name="Kind">What goes wrong.</param>
/// <param name="IsLasting">Whether every later I/O of the kind goes wrong too.</param>
public sealed record PlannedFault(int Life, int At, Fault Kind, bool IsLasting = false);

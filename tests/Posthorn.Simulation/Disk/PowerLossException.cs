namespace Posthorn.Simulation.Disk;

/// <summary>The simulated machine has no power: every I/O of the process that ran on it ends like this.</summary>
public sealed class PowerLossException() : IOException("The simulated machine lost its power.");

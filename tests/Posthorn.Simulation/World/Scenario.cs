using Posthorn.Simulation.Disk;

namespace Posthorn.Simulation.World;

/// <summary>Everything that a run depends on.</summary>
public sealed record Scenario
{
    public ulong Seed { get; init; }

    public int Clients { get; init; } = 3;

    /// <summary>Steps of each client in the first life.</summary>
    public int Steps { get; init; } = 20;

    public int InlineBytesMax { get; init; } = 1024;

    /// <summary>The I/O of the first life at which the fault strikes; negative is none.</summary>
    public int FaultAt { get; init; } = -1;

    public Fault Fault { get; init; }

    public bool IsFaultLasting { get; init; }

    /// <summary>The I/O of the first recovery at which power is lost again; negative is none.</summary>
    public int SecondCrashAt { get; init; } = -1;

    public Lie Lies { get; init; }

    public bool IsHostile { get; init; }

    /// <summary>Only the process dies; what it wrote stays in the page cache.</summary>
    public bool IsKillOnly { get; init; }
}

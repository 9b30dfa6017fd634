namespace Posthorn.Simulation.Disk;

/// <summary>What kind of disk it is, through all its lives.</summary>
public sealed record DiskCharacter
{
    /// <summary>Its size in bytes.</summary>
    public long CapacityBytes { get; init; } = 1L << 30;

    /// <summary>Whether name operations survive a power loss as any subset instead of a prefix, and a rename between folders by halves.</summary>
    public bool IsHostile { get; init; }

    /// <summary>One I/O in so many takes up to two seconds; 0 is none.</summary>
    public int StallsOneIn { get; init; }

    public Lie Lies { get; init; }
}

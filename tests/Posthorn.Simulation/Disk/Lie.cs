namespace Posthorn.Simulation.Disk;

/// <summary>A disk that lies: the canaries. With each of them the auditor must find a loss, or it is blind.</summary>
[Flags]
public enum Lie
{
    None = 0,
    /// <summary>A flush of a file returns without doing anything.</summary>
    FlushDoesNothing = 1,
    /// <summary>A flush of a folder returns without doing anything.</summary>
    FolderFlushDoesNothing = 2,
    /// <summary>A flush that failed reports success, as a program does that retries it.</summary>
    FailedFlushSucceeds = 4,
}

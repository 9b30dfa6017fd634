namespace Posthorn.Simulation;

/// <summary>Sets of scenarios in which mistakes of one sort show soon. The engine must pass each whole.</summary>
public enum HuntingGround
{
    /// <summary>Random seeds.</summary>
    Seeds,
    /// <summary>The script with a flush that fails at each I/O in turn, and the power lost a few I/Os later.</summary>
    FailedFlushes,
    /// <summary>The script with a flush that fails at each I/O in turn, the process restarted, and the power lost when it has recovered.</summary>
    FailedFlushesThenDeath,
    /// <summary>The script with the process dying at each I/O in turn, and the power lost when the next one has recovered.</summary>
    Deaths,
    /// <summary>Stores that turn over many times: most of what comes goes soon, some stays long, some ends elsewhere.</summary>
    Churning,
    /// <summary>Such stores again, some with all but a little on disk only, of which many copies rot or lose a file.</summary>
    Rotting,
}

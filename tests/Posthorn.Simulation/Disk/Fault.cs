namespace Posthorn.Simulation.Disk;

/// <summary>What goes wrong at an I/O.</summary>
public enum Fault
{
    /// <summary>Power is lost before the operation reaches the disk.</summary>
    CrashBefore,
    /// <summary>Power is lost after it reached the disk's cache and before anybody was told.</summary>
    CrashAfter,
    /// <summary>The process dies before the operation; the machine goes on, with all that is in its page cache.</summary>
    Dies,
    /// <summary>EIO: a write puts part of its bytes down and fails; anything else just fails.</summary>
    IoError,
    /// <summary>ENOSPC: a write puts part of its bytes down and fails.</summary>
    NoSpace,
    /// <summary>A flush fails: a random part of the dirty pages is lost and looks clean from then on, and the next flush succeeds.</summary>
    FlushFails,
    /// <summary>The next read fails; everything else works.</summary>
    ReadFails,
    /// <summary>The next write goes to another page of its file, and the disk says that all is well. No journal can notice that at its end: only what is read is judged.</summary>
    Misdirected,
}

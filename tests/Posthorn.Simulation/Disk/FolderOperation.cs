namespace Posthorn.Simulation.Disk;

/// <summary>A change of a folder that is visible and not yet durable: a name gets a file, or (null) loses it; of a rename also the name that goes.</summary>
internal sealed record FolderOperation(string Name, SimulatedInode? Inode, string? Without = null);

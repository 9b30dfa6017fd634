namespace Posthorn.Simulation.Disk;

/// <summary>A change of names that is visible and not yet durable: a folder's name gets a file, or (null) loses it; of a rename also the name that goes.</summary>
internal sealed record FolderOperation(SimulatedFolder Folder, string Name, SimulatedInode? Inode, SimulatedFolder? FromFolder = null, string? Without = null)
{
    public bool Touches(SimulatedFolder folder) => Folder == folder || FromFolder == folder;
}

using Posthorn.Simulation.World;

namespace Posthorn.Simulation.Disk;

/// <summary>Creations, renames and deletions that are not durable yet, in their order.</summary>
/// <remarks>
/// A rename between two folders is one operation, as in a journalling file system; on a hostile disk it is two, and any subset survives.
/// </remarks>
internal sealed class PendingNames(bool isHostile)
{
    private readonly List<FolderOperation> _operations = [];

    public void Do(FolderOperation operation)
    {
        if (isHostile && operation.FromFolder is { } from && from != operation.Folder)
        {
            Take(new FolderOperation(operation.Folder, operation.Name, operation.Inode));
            Take(new FolderOperation(from, operation.Without!, null));
            return;
        }
        Take(operation);
    }

    /// <summary>Makes what was done in a folder durable, and what that depends on: a rename takes along what happened before it in its other folder.</summary>
    public void MakeDurable(SimulatedFolder folder)
    {
        var folders = new HashSet<SimulatedFolder> { folder };
        var taken = new List<FolderOperation>();
        for (var i = _operations.Count - 1; i >= 0; i--)
        {
            var operation = _operations[i];
            if (!folders.Any(operation.Touches))
                continue;
            taken.Add(operation);
            _operations.RemoveAt(i);
            folders.Add(operation.Folder);
            if (operation.FromFolder is { } from)
                folders.Add(from);
        }
        for (var i = taken.Count - 1; i >= 0; i--)
            Apply(taken[i], f => f.Durable);
    }

    /// <summary>The names that a power loss leaves: of each folder's operations a prefix.</summary>
    public Dictionary<SimulatedFolder, SortedDictionary<string, SimulatedInode>> AfterPowerLoss(IEnumerable<SimulatedFolder> folders, SimulationRandom random)
    {
        var names = new Dictionary<SimulatedFolder, SortedDictionary<string, SimulatedInode>>();
        var left = new Dictionary<SimulatedFolder, int>();
        var everything = random.Chance(1, 10);
        foreach (var folder in folders)
        {
            names[folder] = folder.CopyOfDurable();
            var count = _operations.Count(operation => operation.Touches(folder));
            left[folder] = everything ? count : random.Between(0, count);
        }
        foreach (var operation in _operations)
        {
            var from = operation.FromFolder ?? operation.Folder;
            var isKept = isHostile && !everything ? random.Chance(1, 2) : left[operation.Folder] > 0 && left[from] > 0;
            if (isKept)
                Apply(operation, f => names[f]);
            else if (!isHostile)
                left[operation.Folder] = left[from] = 0; // nothing later survives where something earlier did not
            left[operation.Folder]--;
            if (from != operation.Folder)
                left[from]--;
        }
        return names;
    }

    private void Take(FolderOperation operation)
    {
        Apply(operation, f => f.Visible);
        _operations.Add(operation);
    }

    private static void Apply(FolderOperation operation, Func<SimulatedFolder, SortedDictionary<string, SimulatedInode>> names)
    {
        if (operation.Without is { } without)
            names(operation.FromFolder!).Remove(without);
        if (operation.Inode is null)
            names(operation.Folder).Remove(operation.Name);
        else
            names(operation.Folder)[operation.Name] = operation.Inode;
    }
}

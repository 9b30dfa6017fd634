using Posthorn.Simulation.World;

namespace Posthorn.Simulation.Disk;

/// <summary>The names of one folder: what everybody sees, and what a power loss leaves.</summary>
internal sealed class SimulatedFolder
{
    private readonly List<FolderOperation> _pending = [];
    private Dictionary<string, SimulatedInode> _durable = new(StringComparer.Ordinal);

    public Dictionary<string, SimulatedInode> Visible { get; } = new(StringComparer.Ordinal);

    public void Do(FolderOperation operation)
    {
        Apply(Visible, operation);
        _pending.Add(operation);
    }

    public void MakeDurable()
    {
        _durable = new Dictionary<string, SimulatedInode>(Visible, StringComparer.Ordinal);
        _pending.Clear();
    }

    /// <summary>Takes a file that was there before the machine started.</summary>
    public void Adopt(string name, SimulatedInode inode) => Visible[name] = _durable[name] = inode;

    public Dictionary<string, SimulatedInode> AfterPowerLoss(SimulationRandom random, bool isHostile, bool everything)
    {
        var names = new Dictionary<string, SimulatedInode>(_durable, StringComparer.Ordinal);
        var kept = everything ? _pending.Count : random.Between(0, _pending.Count);
        for (var i = 0; i < _pending.Count; i++)
        {
            if (isHostile && !everything ? random.Chance(1, 2) : i < kept)
                Apply(names, _pending[i]);
        }
        return names;
    }

    private static void Apply(Dictionary<string, SimulatedInode> names, FolderOperation operation)
    {
        if (operation.Without is { } without)
            names.Remove(without);
        if (operation.Inode is null)
            names.Remove(operation.Name);
        else
            names[operation.Name] = operation.Inode;
    }
}

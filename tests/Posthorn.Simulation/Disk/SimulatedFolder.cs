namespace Posthorn.Simulation.Disk;

/// <summary>The names of one folder: what everybody sees, and what is durable.</summary>
internal sealed class SimulatedFolder
{
    public SortedDictionary<string, SimulatedInode> Visible { get; } = new(StringComparer.Ordinal);

    public SortedDictionary<string, SimulatedInode> Durable { get; private set; } = new(StringComparer.Ordinal);

    /// <summary>Takes a file that was there before the machine started.</summary>
    public void Adopt(string name, SimulatedInode inode) => Visible[name] = Durable[name] = inode;

    /// <summary>Forgets a file as if it had never been.</summary>
    public void Lose(string name)
    {
        Visible.Remove(name);
        Durable.Remove(name);
    }

    public SortedDictionary<string, SimulatedInode> CopyOfDurable() => new(Durable, StringComparer.Ordinal);
}

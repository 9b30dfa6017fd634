namespace Posthorn.Journal.Paging;

/// <summary>The cold runs of a queue, or of one lane and priority of it, by their lowest number; numbers are unique in a queue.</summary>
internal sealed class ColdRuns
{
    private readonly SortedSet<ColdRun> _byLowest = new(Comparer<ColdRun>.Create((a, b) => a.Lowest.CompareTo(b.Lowest)));

    public bool IsEmpty => _byLowest.Count == 0;

    /// <summary>The one that comes first; null when there is none.</summary>
    public ColdRun? First => _byLowest.Min;

    /// <summary>Its lowest number; beyond all numbers when there is none.</summary>
    public long Lowest => _byLowest.Min?.Lowest ?? long.MaxValue;

    public IEnumerable<ColdRun> All => _byLowest;

    public void Add(ColdRun run) => _byLowest.Add(run);

    public void Remove(ColdRun run) => _byLowest.Remove(run);
}

namespace Posthorn.Journal.Paging;

/// <summary>The cold runs of a queue, or of one lane and level of it, by their lowest number; numbers are unique in a queue.</summary>
internal sealed class ColdRuns
{
    private static readonly Comparer<ColdRun> ByLowest = Comparer<ColdRun>.Create((a, b) => a.Lowest.CompareTo(b.Lowest));

    /// <summary>None while nothing ever was cold: there may be many thousand lanes.</summary>
    private SortedSet<ColdRun>? _runs;

    /// <summary>The one that comes first; null when there is none.</summary>
    public ColdRun? First { get; private set; }

    /// <summary>Its lowest number; beyond all numbers when there is none.</summary>
    public long Lowest => First?.Lowest ?? long.MaxValue;

    /// <summary>All, from the lowest on.</summary>
    public IEnumerable<ColdRun> All => _runs ?? Enumerable.Empty<ColdRun>();

    public void Add(ColdRun run)
    {
        (_runs ??= new SortedSet<ColdRun>(ByLowest)).Add(run);
        First = _runs.Min;
    }

    public void Remove(ColdRun run)
    {
        _runs?.Remove(run);
        First = _runs?.Min;
    }
}

namespace Posthorn.Server.Retrieve.Imap.Views;

/// <summary>The sets of flags in a mailbox, each once, so that a message needs a number for its own. Not for several threads at once.</summary>
internal sealed class FlagTable
{
    private readonly List<IReadOnlyList<string>> _sets = [[]];

    // The engine gives the same list for the same set, so the reference tells nearly always.
    private readonly Dictionary<IReadOnlyList<string>, int> _known = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<string, int> _byText = new(StringComparer.OrdinalIgnoreCase);

    public IReadOnlyList<string> this[int set] => _sets[set];

    /// <summary>For each set whether a flag is in it, so that a look at all messages compares no text.</summary>
    public bool[] Having(string flag) => [.. _sets.Select(set => set.Contains(flag, StringComparer.OrdinalIgnoreCase))];

    public int Of(IReadOnlyList<string> flags)
    {
        if (flags.Count == 0)
            return 0;
        if (_known.TryGetValue(flags, out var set))
            return set;
        var text = string.Join(' ', flags.Order(StringComparer.OrdinalIgnoreCase)); // no flag has a space
        if (!_byText.TryGetValue(text, out set))
        {
            set = _sets.Count;
            _sets.Add(flags);
            _byText.Add(text, set);
        }
        // Lists that are made anew each time must not fill the memory.
        if (_known.Count < 2 * _sets.Count + 64)
            _known.Add(flags, set);
        return set;
    }
}

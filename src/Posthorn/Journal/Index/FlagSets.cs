using Posthorn.Journal.Format;

namespace Posthorn.Journal.Index;

/// <summary>
/// The distinct sets of flags that messages have, numbered, so that an entry has a number and not the flags: a mailbox of a million messages has some
/// dozens. Sets are told apart without case and whatever their order. A set that no queue has any more is given up, and its number used again.
/// </summary>
/// <remarks>Guarded by the engine's lock. 0 is no flags.</remarks>
internal sealed class FlagSets
{
    /// <summary>So many ways to write a set are remembered; another one is taken apart each time it is met.</summary>
    private const int WritingsMax = 8;

    private readonly List<FlagSet?> _sets = [new FlagSet("", [])];
    private readonly Stack<int> _free = new();
    private readonly Dictionary<string, int> _byKey = new(StringComparer.Ordinal) { [""] = 0 };
    private readonly Dictionary<byte[], int> _byWriting = new(ByteTexts.Comparer);

    /// <summary>Sets that some queue has, or that were just found.</summary>
    public int Count => _sets.Count - 1 - _free.Count;

    /// <summary>The flags of a set.</summary>
    public IReadOnlyList<string> this[int set] => _sets[set]!.Flags;

    /// <summary>The number of a set; it stays as long as a queue keeps it, see <see cref="Keep"/>.</summary>
    /// <param name="flags">The flags as <see cref="MessageCodec.FlagList"/> has them.</param>
    public int Find(ReadOnlySpan<byte> flags)
    {
        if (flags.IsEmpty)
            return 0;
        var byWriting = _byWriting.GetAlternateLookup<ReadOnlySpan<byte>>();
        if (byWriting.TryGetValue(flags, out var number))
            return number;
        var names = MessageCodec.Flags(flags).Distinct(StringComparer.OrdinalIgnoreCase).ToArray();
        var key = string.Join('\0', names.Select(name => name.ToUpperInvariant()).Order(StringComparer.Ordinal));
        if (!_byKey.TryGetValue(key, out number))
        {
            if (!_free.TryPop(out number))
            {
                number = _sets.Count;
                _sets.Add(null);
            }
            _sets[number] = new FlagSet(key, names);
            _byKey.Add(key, number);
        }
        var set = _sets[number]!;
        if (number != 0 && set.Writings.Count < WritingsMax)
        {
            var writing = flags.ToArray();
            set.Writings.Add(writing);
            _byWriting.Add(writing, number);
        }
        return number;
    }

    /// <summary>A queue has messages with the set.</summary>
    public void Keep(int set) => _sets[set]!.Queues++;

    /// <summary>A queue has none any more.</summary>
    public void Give(int set)
    {
        var gone = _sets[set]!;
        if (--gone.Queues > 0)
            return;
        _byKey.Remove(gone.Key);
        foreach (var writing in gone.Writings)
            _byWriting.Remove(writing);
        _sets[set] = null;
        _free.Push(set);
    }
}

using Posthorn.Commits;
using Posthorn.Journal.Segments;

namespace Posthorn.Journal.Index;

/// <summary>Idempotency keys and deduplication ids with what they were answered, until their time is over or there are too many.</summary>
/// <remarks>Guarded by the engine's lock. At the limit those are forgotten first whose time would be over first.</remarks>
internal sealed class KeyTable(SegmentTable segments, int keysMax)
{
    private readonly Dictionary<KeyName, RememberedKey> _keys = [];
    private readonly PriorityQueue<KeyName, long> _byEnd = new();

    public int Count => _keys.Count;

    public IEnumerable<KeyValuePair<KeyName, RememberedKey>> All => _keys;

    public bool TryFind(KeyName name, out RememberedKey key) => _keys.TryGetValue(name, out key);

    /// <summary>
    /// Remembers what an operation in a segment says, unless one of a later segment is known. Not the one that ends later counts: where the clock was set
    /// back, one that was forgotten may end after the one that came for it.
    /// </summary>
    public void Remember(KeyName name, long endsAt, AddedMessage[] added, AddedMessage[] moved, uint segment)
    {
        if (_keys.TryGetValue(name, out var known))
        {
            if (known.Segment > segment)
                return; // a start goes from the newest segment to the oldest
            Forget(name, known);
        }
        var first = added.Length > 0 ? added[0] : default;
        _keys.Add(name, new RememberedKey(endsAt, segment, first, added.Length == 1 ? null : added, moved.Length == 0 ? null : moved));
        _byEnd.Enqueue(name, endsAt);
        if (segments.Find(segment) is { } holder)
            holder.Keys++;
        while (_keys.Count > keysMax)
            DropFirst();
    }

    /// <summary>Forgets those whose time is over.</summary>
    public void ForgetOld(long now)
    {
        while (_byEnd.TryPeek(out _, out var endsAt) && endsAt <= now)
            DropFirst();
    }

    /// <summary>Whether a segment holds the key as it is remembered, in an operation that ends then.</summary>
    public bool IsHeldBy(KeyName name, long endsAt, uint segment) => _keys.TryGetValue(name, out var key) && key.Segment == segment && key.EndsAt == endsAt;

    // An item whose key was remembered anew since is stale: the key has another end by now.
    private void DropFirst()
    {
        _byEnd.TryDequeue(out var name, out var endsAt);
        if (_keys.TryGetValue(name, out var key) && key.EndsAt == endsAt)
            Forget(name, key);
    }

    private void Forget(KeyName name, in RememberedKey key)
    {
        _keys.Remove(name);
        if (segments.Find(key.Segment) is { } holder)
            holder.Keys--;
    }
}

using Posthorn.Commits;
using Posthorn.Journal.Format;
using Posthorn.Journal.Segments;

namespace Posthorn.Journal.Index;

/// <summary>Idempotency keys and deduplication ids with what they were answered, until their time is over or there are too many.</summary>
/// <remarks>
/// Guarded by the engine's lock. At the limit those are forgotten first whose time would be over first.
/// <para>What was forgotten is still on disk, and when the clock is set back a start could find it again. As long as nobody has come for the key since, that is
/// what the clock says; once somebody has, the earlier one must never stand again. So before anything new is remembered at a time at which a forgotten key
/// still stood, the journal says up to where all were forgotten (<see cref="ForgottenKeys"/>).</para>
/// </remarks>
internal sealed class KeyTable(SegmentTable segments, int keysMax)
{
    private readonly Dictionary<KeyName, RememberedKey> _keys = [];
    private readonly PriorityQueue<KeyName, long> _byEnd = new();
    private readonly List<ForgottenKeys> _forgotten = [];
    private long _forgottenUntil;

    public int Count => _keys.Count;

    /// <summary>Which keys were forgotten for good; of those only that a segment may still hold.</summary>
    public IEnumerable<ForgottenKeys> Forgotten => _forgotten.Where(forgotten => forgotten.Segment >= segments.All[0].Number);

    public IEnumerable<KeyValuePair<KeyName, RememberedKey>> All => _keys;

    public bool TryFind(KeyName name, out RememberedKey key) => _keys.TryGetValue(name, out key);

    /// <summary>
    /// Remembers what an operation in a segment says, unless one of a later segment is known or it was forgotten for good. Not the one that ends later counts:
    /// where the clock was set back, one that was forgotten may end after the one that came for it.
    /// </summary>
    public void Remember(KeyName name, long endsAt, AddedMessage[] added, AddedMessage[] moved, uint segment)
    {
        foreach (var forgotten in _forgotten)
        {
            if (endsAt <= forgotten.Until && segment < forgotten.Segment)
                return;
        }
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
        {
            DropFirst();
            NoteForgotten(endsAt);
        }
    }

    /// <summary>Notes that the time of a key is over, be it one that a start found so.</summary>
    public void NoteForgotten(long endsAt) => _forgottenUntil = Math.Max(_forgottenUntil, endsAt);

    /// <summary>Takes what is to be written down because at this time a key that was forgotten would still stand.</summary>
    public bool TryTakeForgotten(long now, out ForgottenKeys forgotten)
    {
        forgotten = new ForgottenKeys(_forgottenUntil, 0);
        if (now >= _forgottenUntil)
            return false;
        _forgottenUntil = 0;
        return true;
    }

    /// <summary>Forgets what the journal says was forgotten: all that lies before that place and ended by then.</summary>
    public void ForgetForGood(ForgottenKeys forgotten)
    {
        // At a start those of later segments are known already; of its own segment those are that stand before it.
        foreach (var (name, key) in _keys)
        {
            if (key.EndsAt <= forgotten.Until && key.Segment <= forgotten.Segment)
                Forget(name, key);
        }
        if (_forgotten.Exists(known => known.Until >= forgotten.Until && known.Segment >= forgotten.Segment))
            return;
        _forgotten.RemoveAll(known => known.Until <= forgotten.Until && known.Segment <= forgotten.Segment);
        _forgotten.Add(forgotten);
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

namespace Posthorn.Journal.Transfer;

/// <summary>Of the places that it is shown it keeps those of the lowest ids: so messages are put in the order of their ids in bounded memory.</summary>
/// <param name="after">Ids up to this one do not count.</param>
/// <param name="max">How many are kept at most.</param>
internal sealed class LowestPlaces(ulong after, int max)
{
    // The highest on top.
    private readonly PriorityQueue<MessagePlace, ulong> _kept = new(Comparer<ulong>.Create((a, b) => b.CompareTo(a)));

    public void Add(in MessagePlace place)
    {
        if (place.Id <= after)
            return;
        if (_kept.Count < max)
            _kept.Enqueue(place, place.Id);
        else if (place.Id < _kept.Peek().Id)
            _kept.EnqueueDequeue(place, place.Id);
    }

    /// <summary>Those that are kept, ascending by id.</summary>
    public MessagePlace[] InOrder() => [.. _kept.UnorderedItems.Select(item => item.Element).OrderBy(place => place.Id)];
}

namespace Posthorn.Journal.Segments;

/// <summary>The segments by number.</summary>
/// <remarks>Guarded by the engine's lock.</remarks>
internal sealed class SegmentTable
{
    private readonly List<Segment> _byNumber = [];
    private Segment? _last;

    public int Count => _byNumber.Count;

    public IReadOnlyList<Segment> All => _byNumber;

    /// <summary>The one that is written now.</summary>
    public Segment Current => _byNumber[^1];

    public void Add(Segment segment) => _byNumber.Add(segment);

    public void Remove(Segment segment)
    {
        _byNumber.Remove(segment);
        _last = null;
    }

    public Segment? Find(uint number)
    {
        if (_last is { } last && last.Number == number)
            return last;
        var index = IndexFrom(number);
        return index < _byNumber.Count && _byNumber[index].Number == number ? _last = _byNumber[index] : null;
    }

    /// <summary>The oldest existing segment that may hold a record of a message: the one it was added in, or when that is gone the next.</summary>
    public uint OldestOf(ulong message)
    {
        if (message >= Current.Header.FirstMessage)
            return Current.Number;
        int low = 0, high = _byNumber.Count;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_byNumber[middle].Header.FirstMessage <= message)
                low = middle + 1;
            else
                high = middle;
        }
        var index = low - 1;
        if (index < 0)
            return _byNumber[0].Number;
        return message <= _byNumber[index].LastMessage || low == _byNumber.Count ? _byNumber[index].Number : _byNumber[low].Number;
    }

    /// <summary>Whether any segment with a number from <paramref name="from"/> on and below <paramref name="below"/> exists.</summary>
    public bool AnyBetween(uint from, uint below)
    {
        var index = IndexFrom(from);
        return index < _byNumber.Count && _byNumber[index].Number < below;
    }

    private int IndexFrom(uint number)
    {
        int low = 0, high = _byNumber.Count;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_byNumber[middle].Number < number)
                low = middle + 1;
            else
                high = middle;
        }
        return low;
    }
}

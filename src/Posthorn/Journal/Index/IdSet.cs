namespace Posthorn.Journal.Index;

/// <summary>A set of message ids, a bit each: pages of 8 192 where there are any. What a start has already decided about.</summary>
internal sealed class IdSet
{
    private const int PageBits = 13;
    private const int PageMask = (1 << PageBits) - 1;
    private readonly Dictionary<ulong, ulong[]> _pages = [];
    private ulong[] _last = [];
    private ulong _lastNumber = ulong.MaxValue;

    /// <summary>Puts an id in.</summary>
    /// <returns>False when it was in already.</returns>
    public bool Add(ulong id)
    {
        ref var word = ref PageOf(id >> PageBits)[((int)id & PageMask) >> 6];
        var bit = 1UL << ((int)id & 63);
        if ((word & bit) != 0)
            return false;
        word |= bit;
        return true;
    }

    private ulong[] PageOf(ulong number)
    {
        if (number == _lastNumber)
            return _last;
        if (!_pages.TryGetValue(number, out var page))
            _pages.Add(number, page = new ulong[(1 << PageBits) / 64]);
        (_lastNumber, _last) = (number, page);
        return page;
    }
}

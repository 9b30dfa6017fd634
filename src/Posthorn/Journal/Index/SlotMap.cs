namespace Posthorn.Journal.Index;

/// <summary>Slots by a number that only grows (message ids, numbers in a queue): pages of 1 024, dropped when nothing on them lives. 4 bytes an entry.</summary>
/// <remarks>Limits: a single survivor keeps its page of 4 KiB.</remarks>
internal sealed class SlotMap
{
    private const int PageBits = 10;
    private const int PageLength = 1 << PageBits;
    private readonly Dictionary<long, Page> _pages = [];
    private Page? _last;

    /// <summary>Lowest page that may exist; pages below are gone. Only moves up, but for a number put in below it.</summary>
    private long _first;
    private long _end;

    public int Count { get; private set; }

    /// <summary>The slot of a number; 0 when there is none. Setting 0 removes it.</summary>
    public int this[long number]
    {
        get => PageOf(number >> PageBits)?.Slots[number & (PageLength - 1)] ?? 0;
        set => Set(number, value);
    }

    /// <summary>The first number from <paramref name="from"/> on that has a slot; -1 when there is none.</summary>
    public long Next(long from)
    {
        if (Count == 0)
            return -1;
        var pageNumber = Math.Max(from >> PageBits, _first);
        for (; pageNumber <= _end; pageNumber++)
        {
            if (PageOf(pageNumber) is not { } page)
            {
                if (pageNumber == _first)
                    _first++;
                continue;
            }
            var index = pageNumber == from >> PageBits ? (int)(from & (PageLength - 1)) : 0;
            for (; index < PageLength; index++)
            {
                if (page.Slots[index] != 0)
                    return (pageNumber << PageBits) + index;
            }
        }
        return -1;
    }

    /// <summary>Notes the age of what a number stands for, so that pages without anything old enough need not be looked at.</summary>
    public void NoteAge(long number, uint time)
    {
        if (PageOf(number >> PageBits) is { } page)
            page.Oldest = Math.Min(page.Oldest, time);
    }

    /// <summary>Goes over the slots of pages that may hold something of <paramref name="time"/> or older.</summary>
    /// <param name="time">The time.</param>
    /// <param name="ageOf">Looks at a slot and tells its age from now on; <see cref="uint.MaxValue"/> for what needs no look again.</param>
    /// <param name="goesOn">Whether there is use for more.</param>
    public void LookAtOlder(uint time, Func<int, uint> ageOf, Func<bool> goesOn)
    {
        for (var number = _first; number <= _end && Count > 0 && goesOn(); number++)
        {
            if (PageOf(number) is not { } page || page.Oldest > time)
                continue;
            var oldest = uint.MaxValue;
            foreach (var slot in page.Slots)
            {
                if (slot != 0)
                    oldest = Math.Min(oldest, ageOf(slot));
            }
            page.Oldest = oldest;
        }
    }

    private void Set(long number, int slot)
    {
        var pageNumber = number >> PageBits;
        var page = PageOf(pageNumber);
        if (page is null)
        {
            if (slot == 0)
                return;
            if (Count == 0)
                (_first, _end) = (pageNumber, pageNumber);
            _first = Math.Min(_first, pageNumber);
            _end = Math.Max(_end, pageNumber);
            _pages.Add(pageNumber, _last = page = new Page(pageNumber));
        }
        ref var old = ref page.Slots[number & (PageLength - 1)];
        var change = (slot != 0 ? 1 : 0) - (old != 0 ? 1 : 0);
        old = slot;
        Count += change;
        page.Count += change;
        if (page.Count == 0)
        {
            _pages.Remove(pageNumber);
            _last = null;
        }
    }

    private Page? PageOf(long number)
    {
        if (_last is { } last && last.Number == number)
            return last;
        return _pages.TryGetValue(number, out var page) ? _last = page : null;
    }

    private sealed class Page(long number)
    {
        public readonly long Number = number;
        public readonly int[] Slots = new int[PageLength];
        public int Count;
        public uint Oldest = uint.MaxValue;
    }
}

namespace Posthorn.Files;

/// <summary>What is another in a file than below it.</summary>
/// <param name="name">The file below; null when there is none.</param>
/// <param name="length">Its length.</param>
internal sealed class OverlayPages(string? name, long length)
{
    public const int PageLength = 4096;

    // Guards the pages and both lengths.
    private readonly Lock _gate = new();
    private readonly Dictionary<long, byte[]> _pages = [];
    private long _length = length;

    /// <summary>How much of the file below counts: it was perhaps cut here, and is longer again.</summary>
    private long _lengthBelow = length;

    public string? Name => name;

    public long Length
    {
        get
        {
            lock (_gate)
                return _length;
        }
    }

    public void SetLength(long value)
    {
        lock (_gate)
        {
            if (value < _length)
            {
                foreach (var page in _pages.Keys.Where(page => (page + 1) * PageLength > value).ToList())
                {
                    if (page * PageLength >= value)
                        _pages.Remove(page);
                    else
                        _pages[page].AsSpan((int)(value - (page * PageLength))).Clear();
                }
            }
            (_length, _lengthBelow) = (value, Math.Min(_lengthBelow, value));
        }
    }

    /// <summary>Reads what was written here from a place on, to its page's end.</summary>
    /// <returns>False when nothing of the page was written here.</returns>
    public bool TryRead(long offset, Span<byte> target)
    {
        lock (_gate)
        {
            if (!_pages.TryGetValue(offset / PageLength, out var page))
                return false;
            page.AsSpan((int)(offset % PageLength), target.Length).CopyTo(target);
            return true;
        }
    }

    /// <summary>How many bytes from a place on are to be read below, before a page that was written here; behind them are zeros.</summary>
    /// <param name="offset">The place, in a page that was not written here.</param>
    /// <param name="count">How many are asked for.</param>
    /// <param name="below">How many of them the file below has.</param>
    public int Unwritten(long offset, int count, out int below)
    {
        lock (_gate)
        {
            var end = offset;
            do
                end = ((end / PageLength) + 1) * PageLength;
            while (end < offset + count && !_pages.ContainsKey(end / PageLength));
            count = (int)Math.Min(count, end - offset);
            below = (int)Math.Clamp(_lengthBelow - offset, 0, count);
            return count;
        }
    }

    /// <summary>Writes a stretch within a page.</summary>
    /// <param name="offset">Where.</param>
    /// <param name="source">The bytes.</param>
    /// <param name="before">The page as it was, when nothing of it was written here yet.</param>
    public void Write(long offset, ReadOnlySpan<byte> source, byte[] before)
    {
        lock (_gate)
        {
            if (!_pages.TryGetValue(offset / PageLength, out var page))
                _pages.Add(offset / PageLength, page = before);
            source.CopyTo(page.AsSpan((int)(offset % PageLength)));
            _length = Math.Max(_length, offset + source.Length);
        }
    }
}

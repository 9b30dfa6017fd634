namespace Posthorn.Bodies;

/// <summary>The bytes of a body that were written and are still in memory. A field of its writer; not to be copied.</summary>
internal struct BodyBuffer
{
    private const int FirstBytes = 4 << 10;

    private byte[]? _bytes;

    /// <summary>Bytes that were written.</summary>
    public int Length { get; private set; }

    /// <summary>They; what is written afterwards may be elsewhere.</summary>
    public readonly ReadOnlyMemory<byte> Written => _bytes.AsMemory(0, Length);

    /// <summary>Counts bytes that were written into what <see cref="GetMemory"/> gave.</summary>
    /// <exception cref="ArgumentOutOfRangeException">They are fewer than none, or more than it gave.</exception>
    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, (_bytes?.Length ?? 0) - Length);
        Length += count;
    }

    /// <summary>Room for so many bytes, at least one.</summary>
    public Memory<byte> GetMemory(int sizeHint)
    {
        var needed = Length + Math.Max(sizeHint, 1);
        if (needed > (_bytes?.Length ?? 0))
        {
            // Not from the pool: a small body is handed to the commit as it is, without a copy.
            var larger = new byte[Math.Max(needed, Math.Max(FirstBytes, (_bytes?.Length ?? 0) * 2))];
            Written.CopyTo(larger);
            _bytes = larger;
        }
        return _bytes.AsMemory(Length);
    }

    /// <summary>Forgets the first bytes, and moves the others to the front.</summary>
    public void Drop(int count)
    {
        Written[count..].CopyTo(_bytes);
        Length -= count;
    }

    /// <summary>Forgets all, and lets the memory go.</summary>
    public void Clear() => (_bytes, Length) = (null, 0);
}

namespace Posthorn.Messages;

/// <summary>Names a message in its store, from its first commit to its end, whatever queues it passes; never used twice.</summary>
/// <remarks>Written as 13 characters of Crockford's base 32 (no I, L, O, U), so that it sorts as text by age and can be read over the telephone.</remarks>
public readonly record struct MessageId(ulong Value) : IComparable<MessageId>
{
    private const string Digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    private const int Length = 13;

    /// <summary>No message: what <c>default</c> is.</summary>
    public static MessageId None => default;

    /// <summary>Reads what <see cref="ToString"/> wrote; case does not matter, leading zeros may be left out.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out MessageId id)
    {
        id = default;
        if (text.Length is 0 or > Length)
            return false;
        UInt128 value = 0;
        foreach (var c in text)
        {
            var digit = Digits.IndexOf(char.ToUpperInvariant(c), StringComparison.Ordinal);
            if (digit < 0)
                return false;
            value = (value << 5) | (uint)digit;
        }
        if (value == 0 || value > ulong.MaxValue)
            return false;
        id = new MessageId((ulong)value);
        return true;
    }

    /// <inheritdoc/>
    public int CompareTo(MessageId other) => Value.CompareTo(other.Value);

    /// <inheritdoc/>
    public override string ToString() => string.Create(Length, Value, static (span, value) =>
    {
        for (var i = span.Length - 1; i >= 0; i--, value >>= 5)
            span[i] = Digits[(int)(value & 31)];
    });
}

namespace Posthorn.PostgreSql.Rows;

/// <summary>Numbers, mostly close to each other: a bit each.</summary>
internal sealed class NumberSet
{
    private readonly Dictionary<long, ulong> _words = [];

    /// <summary>Whether it was not there.</summary>
    public bool Add(long number)
    {
        var (word, bit) = (number >> 6, 1UL << (int)(number & 63));
        var bits = _words.GetValueOrDefault(word);
        _words[word] = bits | bit;
        return (bits & bit) == 0;
    }
}

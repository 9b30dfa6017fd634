namespace Posthorn.Sharding;

/// <summary>A pattern of queue names: <c>*</c> stands for any characters or none, all else for itself; case matters, as in names.</summary>
internal static class QueuePattern
{
    private const char Any = '*';

    /// <summary>Whether a name matches.</summary>
    public static bool Matches(string pattern, ReadOnlySpan<char> name)
    {
        // On a mismatch the last star takes one character more: linear but for patterns of many stars.
        var (p, n, star, taken) = (0, 0, -1, 0);
        while (n < name.Length)
        {
            if (p < pattern.Length && pattern[p] == Any)
                (star, taken, p) = (p, n, p + 1);
            else if (p < pattern.Length && pattern[p] == name[n])
                (p, n) = (p + 1, n + 1);
            else if (star >= 0)
                (p, n) = (star + 1, ++taken);
            else
                return false;
        }
        while (p < pattern.Length && pattern[p] == Any)
            p++;
        return p == pattern.Length;
    }
}

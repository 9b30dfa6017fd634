using System.Buffers;

namespace Posthorn.Protocols.Imap.Commands;

/// <summary>The names of flags and keywords (RFC 9051 2.3.2, 2.3.4). They are compared without case; the system's own have one spelling here.</summary>
public static class MailFlag
{
    /// <summary>Longest keyword taken, in bytes; Dovecot takes 50 (mail_cache), a queue is a little more generous.</summary>
    public const int LengthMax = 128;

    /// <summary>Read.</summary>
    public const string Seen = "\\Seen";

    /// <summary>Answered.</summary>
    public const string Answered = "\\Answered";

    /// <summary>Marked for people.</summary>
    public const string Flagged = "\\Flagged";

    /// <summary>To be removed by EXPUNGE.</summary>
    public const string Deleted = "\\Deleted";

    /// <summary>Not complete.</summary>
    public const string Draft = "\\Draft";

    /// <summary>RFC 3501 only; no client can store it and no message here has it.</summary>
    public const string Recent = "\\Recent";

    /// <summary>Those a client can store.</summary>
    public static IReadOnlyList<string> System { get; } = [Answered, Flagged, Deleted, Seen, Draft];

    /// <summary>What a keyword is made of: an atom's characters (RFC 9051 9).</summary>
    internal static readonly SearchValues<char> KeywordChars =
        SearchValues.Create([.. Enumerable.Range(0x21, 0x5E).Select(c => (char)c).Where(c => !"(){%*\"\\]".Contains(c, StringComparison.Ordinal))]);

    /// <summary>The one spelling of a system flag; others as they are.</summary>
    public static string Canonical(string flag)
    {
        if (flag.StartsWith('\\'))
            foreach (var known in System)
                if (known.Equals(flag, StringComparison.OrdinalIgnoreCase))
                    return known;
        return flag;
    }

    /// <summary>Whether a client may store it: a system flag, or an atom of at most <see cref="LengthMax"/> characters as keyword.</summary>
    public static bool IsStorable(string flag) =>
        flag.StartsWith('\\')
            ? System.Contains(flag, StringComparer.OrdinalIgnoreCase)
            : flag.Length is > 0 and <= LengthMax && !flag.AsSpan().ContainsAnyExcept(KeywordChars);
}

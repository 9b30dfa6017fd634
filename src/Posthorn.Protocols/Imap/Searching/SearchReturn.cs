namespace Posthorn.Protocols.Imap.Searching;

/// <summary>What SEARCH RETURN (…) tells (RFC 4731 3.1, RFC 5182 2).</summary>
[Flags]
public enum SearchReturn
{
    /// <summary>Nothing; never what a command asks for.</summary>
    None = 0,
    /// <summary>MIN: the lowest.</summary>
    Min = 1,
    /// <summary>MAX: the greatest.</summary>
    Max = 2,
    /// <summary>ALL: all.</summary>
    All = 4,
    /// <summary>COUNT: how many.</summary>
    Count = 8,
    /// <summary>SAVE: nothing, but it is kept for <c>$</c>.</summary>
    Save = 16,
}

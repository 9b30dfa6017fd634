namespace Posthorn.Protocols.Imap.Commands;

/// <summary>Which mailboxes LIST tells (RFC 5258 3.1, RFC 6154 5.2).</summary>
[Flags]
public enum ListSelection
{
    /// <summary>Those that exist.</summary>
    None = 0,
    /// <summary>SUBSCRIBED: those subscribed to, whether they exist or not.</summary>
    Subscribed = 1,
    /// <summary>REMOTE: also those on other servers. There are none.</summary>
    Remote = 2,
    /// <summary>RECURSIVEMATCH: also those below which one fits that the patterns do not. Only with another option.</summary>
    RecursiveMatch = 4,
    /// <summary>SPECIAL-USE: only those with a use.</summary>
    SpecialUse = 8,
}

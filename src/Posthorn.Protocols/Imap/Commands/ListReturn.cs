namespace Posthorn.Protocols.Imap.Commands;

/// <summary>What LIST tells of each mailbox (RFC 5258 3.2, RFC 5819, RFC 6154 5.2).</summary>
[Flags]
public enum ListReturn
{
    /// <summary>Name and attributes.</summary>
    None = 0,
    /// <summary>SUBSCRIBED: whether it is subscribed to.</summary>
    Subscribed = 1,
    /// <summary>CHILDREN: whether there are mailboxes below it.</summary>
    Children = 2,
    /// <summary>SPECIAL-USE: what it is used for.</summary>
    SpecialUse = 4,
    /// <summary>STATUS: its figures.</summary>
    Status = 8,
}

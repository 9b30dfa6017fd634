namespace Posthorn.Protocols.Imap.Sorting;

/// <summary>What messages are sorted by (RFC 5256 3, RFC 5957).</summary>
public enum SortField
{
    /// <summary>ARRIVAL: when they came.</summary>
    Arrival,
    /// <summary>CC: the mailbox of the first address.</summary>
    Cc,
    /// <summary>DATE: the date they were sent, in UTC; when they came, if they have none.</summary>
    Date,
    /// <summary>FROM: the mailbox of the first address.</summary>
    From,
    /// <summary>SIZE.</summary>
    Size,
    /// <summary>SUBJECT: the base subject (RFC 5256 2.1).</summary>
    Subject,
    /// <summary>TO: the mailbox of the first address.</summary>
    To,
    /// <summary>DISPLAYFROM: the name for people of the first address (RFC 5957).</summary>
    DisplayFrom,
    /// <summary>DISPLAYTO (RFC 5957).</summary>
    DisplayTo,
}

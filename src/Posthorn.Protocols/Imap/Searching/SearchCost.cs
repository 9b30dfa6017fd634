namespace Posthorn.Protocols.Imap.Searching;

/// <summary>What must be read of a message to decide, from the cheapest to the dearest.</summary>
public enum SearchCost
{
    /// <summary>Nothing: flags, numbers, dates of arrival, sizes.</summary>
    Figures,
    /// <summary>Its structure.</summary>
    Structure,
    /// <summary>Its header.</summary>
    Header,
    /// <summary>All of it, perhaps.</summary>
    Text,
}

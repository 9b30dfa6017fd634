namespace Posthorn.Protocols.Imap.Searching;

/// <summary>Which date of a message is compared.</summary>
public enum DateBasis
{
    /// <summary>When it came (INTERNALDATE).</summary>
    Internal,
    /// <summary>Its Date field (SENTBEFORE, SENTON, SENTSINCE).</summary>
    Sent,
}

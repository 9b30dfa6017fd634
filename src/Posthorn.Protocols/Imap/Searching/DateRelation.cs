namespace Posthorn.Protocols.Imap.Searching;

/// <summary>How a message's date is to stand to the one given; time and zone do not count (RFC 9051 6.4.4).</summary>
public enum DateRelation
{
    /// <summary>On an earlier day.</summary>
    Before,
    /// <summary>On that day.</summary>
    On,
    /// <summary>On that day or later.</summary>
    Since,
}

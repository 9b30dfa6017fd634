namespace Posthorn.Protocols.Imap.Reading;

/// <summary>What <see cref="ImapReader.ReadLine"/> found.</summary>
public enum ImapLine
{
    /// <summary>No end of a line yet; more bytes are needed.</summary>
    Incomplete,
    /// <summary>A line.</summary>
    Complete,
    /// <summary>A line longer than allowed has ended; it was thrown away.</summary>
    TooLong,
}

namespace Posthorn.Protocols.Smtp.Session;

/// <summary>What <see cref="SmtpLineReader"/> found.</summary>
public enum SmtpLine
{
    /// <summary>No end of a line yet; more bytes are needed.</summary>
    Incomplete,
    /// <summary>A line.</summary>
    Complete,
    /// <summary>A line longer than allowed has ended; it was thrown away.</summary>
    TooLong,
}

namespace Posthorn.Protocols.Lines;

/// <summary>What <see cref="LineReader"/> found.</summary>
public enum LineStatus
{
    /// <summary>No end of a line yet; more bytes are needed.</summary>
    Incomplete,
    /// <summary>A line.</summary>
    Complete,
    /// <summary>A line longer than allowed has ended; it was thrown away.</summary>
    TooLong,
}

namespace Posthorn.UnitTests.Accept.Smtp;

/// <summary>How a client's bytes come.</summary>
public enum Delivery
{
    /// <summary>All that is said between two replies at once.</summary>
    Whole,
    /// <summary>A line at a time.</summary>
    Lines,
    /// <summary>A byte at a time.</summary>
    Bytes,
}

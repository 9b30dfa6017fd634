namespace Posthorn.Protocols.Imap.Commands;

/// <summary>Numbers from one to another, both included.</summary>
/// <param name="First">1 or more, not above <paramref name="Last"/>.</param>
/// <param name="Last">1 or more.</param>
public readonly record struct NumberRange(uint First, uint Last)
{
    /// <summary>How many numbers there are.</summary>
    public long Count => (long)Last - First + 1;
}

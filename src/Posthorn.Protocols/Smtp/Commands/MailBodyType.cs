namespace Posthorn.Protocols.Smtp.Commands;

/// <summary>What the BODY parameter says of a mail's bytes (RFC 6152).</summary>
public enum MailBodyType : byte
{
    /// <summary>Nothing was said.</summary>
    Unsaid,
    /// <summary><c>7BIT</c>.</summary>
    SevenBit,
    /// <summary><c>8BITMIME</c>.</summary>
    EightBitMime,
}

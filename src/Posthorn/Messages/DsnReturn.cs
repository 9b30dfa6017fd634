namespace Posthorn.Messages;

/// <summary>What a bounce returns of the mail (RFC 3461 4.3).</summary>
public enum DsnReturn : byte
{
    /// <summary>The sender said nothing: the headers.</summary>
    Default = 0,
    /// <summary>The headers only.</summary>
    Headers = 1,
    /// <summary>The whole mail.</summary>
    Full = 2,
}

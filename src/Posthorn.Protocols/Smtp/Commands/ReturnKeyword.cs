namespace Posthorn.Protocols.Smtp.Commands;

/// <summary>The RET parameter (RFC 3461 4.3).</summary>
public enum ReturnKeyword : byte
{
    /// <summary>Nothing was said.</summary>
    Unsaid = 0,
    /// <summary><c>HDRS</c>.</summary>
    Headers = 1,
    /// <summary><c>FULL</c>.</summary>
    Full = 2,
}

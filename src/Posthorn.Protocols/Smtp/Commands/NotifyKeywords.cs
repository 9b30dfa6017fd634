namespace Posthorn.Protocols.Smtp.Commands;

/// <summary>The NOTIFY parameter (RFC 3461 4.1).</summary>
[Flags]
public enum NotifyKeywords : byte
{
    /// <summary>Nothing was said.</summary>
    Unsaid = 0,
    /// <summary><c>NEVER</c>; alone.</summary>
    Never = 1,
    /// <summary><c>SUCCESS</c>.</summary>
    Success = 2,
    /// <summary><c>FAILURE</c>.</summary>
    Failure = 4,
    /// <summary><c>DELAY</c>.</summary>
    Delay = 8,
}

namespace Posthorn.Protocols.Smtp.Commands;

/// <summary>The parameters of RCPT.</summary>
public sealed record RcptParameters
{
    /// <summary>None given.</summary>
    public static RcptParameters None { get; } = new();

    /// <summary>NOTIFY (RFC 3461 4.1).</summary>
    public NotifyKeywords Notify { get; init; }

    /// <summary>ORCPT as <c>type;address</c>, the address decoded (RFC 3461 4.2); null when not given.</summary>
    public string? OriginalRecipient { get; init; }
}

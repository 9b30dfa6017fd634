namespace Posthorn.Protocols.Smtp.Commands;

/// <summary>The parameters of MAIL.</summary>
public sealed record MailParameters
{
    /// <summary>None given.</summary>
    public static MailParameters None { get; } = new();

    /// <summary>SIZE in bytes (RFC 1870); null when not declared. What is beyond 63 bits is the largest number.</summary>
    public long? Size { get; init; }

    /// <summary>BODY (RFC 6152).</summary>
    public MailBodyType Body { get; init; }

    /// <summary>SMTPUTF8 (RFC 6531).</summary>
    public bool IsSmtpUtf8 { get; init; }

    /// <summary>RET (RFC 3461 4.3).</summary>
    public ReturnKeyword Return { get; init; }

    /// <summary>ENVID, decoded (RFC 3461 4.4); null when not given.</summary>
    public string? EnvelopeId { get; init; }

    /// <summary>AUTH, decoded (RFC 4954 5): who submitted it first; <c>&lt;&gt;</c> is unknown; null when not given.</summary>
    public string? Submitter { get; init; }

    /// <summary>HOLDFOR (RFC 4865); null when not given.</summary>
    public TimeSpan? HoldFor { get; init; }

    /// <summary>HOLDUNTIL (RFC 4865); null when not given.</summary>
    public DateTimeOffset? HoldUntil { get; init; }

    /// <summary>MT-PRIORITY, -9 to 9 (RFC 6710); null when not given.</summary>
    public int? Priority { get; init; }

    /// <summary>REQUIRETLS (RFC 8689).</summary>
    public bool RequiresTls { get; init; }
}

using Posthorn.Protocols.Smtp;

namespace Posthorn.Protocols.Smtp.Client;

/// <summary>What MAIL says about a mail.</summary>
public sealed record MailTransaction
{
    /// <summary>The reverse-path without angle brackets; empty is the null sender.</summary>
    public required string Sender { get; init; }

    /// <summary>At least one.</summary>
    public required IReadOnlyList<MailRecipient> Recipients { get; init; }

    /// <summary>Size of the content in bytes; null says none.</summary>
    public long? Size { get; init; }

    /// <summary><c>8BITMIME</c>, <c>BINARYMIME</c> or <c>7BIT</c>; null says none.</summary>
    public string? Body { get; init; }

    /// <summary>Whether addresses or headers may hold UTF-8 (RFC 6531).</summary>
    public bool IsSmtpUtf8 { get; init; }

    /// <summary>Whether the mail may travel over TLS only (RFC 8689).</summary>
    public bool IsRequireTls { get; init; }

    /// <summary><c>HDRS</c> or <c>FULL</c>; null says none (RFC 3461 4.3).</summary>
    public string? Return { get; init; }

    /// <summary>The envelope id, not yet as xtext; null says none (RFC 3461 4.4).</summary>
    public string? EnvelopeId { get; init; }
}

namespace Posthorn.Protocols.Imap.Structure;

/// <summary>An ENVELOPE (RFC 9051 7.5.2): fields of a header, unfolded, encoded words left as they are; null for a field that is not there.</summary>
public sealed record MailEnvelope
{
    /// <summary>Date, as written.</summary>
    public required ReadOnlyMemory<byte>? Date { get; init; }

    /// <summary>Subject.</summary>
    public required ReadOnlyMemory<byte>? Subject { get; init; }

    /// <summary>From; empty without one.</summary>
    public required IReadOnlyList<EnvelopeAddress> From { get; init; }

    /// <summary>Sender; From's when there is none.</summary>
    public required IReadOnlyList<EnvelopeAddress> Sender { get; init; }

    /// <summary>Reply-To; From's when there is none.</summary>
    public required IReadOnlyList<EnvelopeAddress> ReplyTo { get; init; }

    /// <summary>To; empty without one.</summary>
    public required IReadOnlyList<EnvelopeAddress> To { get; init; }

    /// <summary>Cc; empty without one.</summary>
    public required IReadOnlyList<EnvelopeAddress> Cc { get; init; }

    /// <summary>Bcc; empty without one.</summary>
    public required IReadOnlyList<EnvelopeAddress> Bcc { get; init; }

    /// <summary>In-Reply-To.</summary>
    public required ReadOnlyMemory<byte>? InReplyTo { get; init; }

    /// <summary>Message-ID.</summary>
    public required ReadOnlyMemory<byte>? MessageId { get; init; }
}

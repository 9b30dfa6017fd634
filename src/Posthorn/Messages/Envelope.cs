namespace Posthorn.Messages;

/// <summary>Who sent a message and who is to get it, as the transport knows it; may say nothing at all (a message that is no mail).</summary>
/// <param name="Sender">The reverse-path without angle brackets; empty is the null sender of bounces; null is no mail.</param>
/// <param name="Recipients">The forward-paths, in the order given; may be empty.</param>
public sealed record Envelope(string? Sender, IReadOnlyList<Recipient> Recipients)
{
    /// <summary>No sender and no recipients.</summary>
    public static Envelope None { get; } = new(null, []);

    /// <summary>The DSN envelope identifier (RFC 3461 4.4), decoded from xtext; null when none was given.</summary>
    public string? EnvelopeId { get; init; }

    /// <summary>What a bounce returns of the message (RFC 3461 4.3).</summary>
    public DsnReturn Return { get; init; }

    /// <summary>Whether the sender is the null sender, to which nothing is ever bounced (RFC 5321 4.5.5).</summary>
    public bool IsFromNullSender => Sender is "";
}

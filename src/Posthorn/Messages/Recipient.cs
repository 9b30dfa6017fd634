namespace Posthorn.Messages;

/// <summary>One recipient of a mail with what its sender asked for it.</summary>
/// <param name="Address">The forward-path without angle brackets, as given.</param>
public sealed record Recipient(string Address)
{
    /// <summary>When the sender wants to hear of this recipient (RFC 3461 4.1).</summary>
    public DsnNotify Notify { get; init; }

    /// <summary>The original recipient as <c>type;address</c>, decoded from xtext (RFC 3461 4.2); null when none was given.</summary>
    public string? OriginalRecipient { get; init; }

    /// <summary>Header fields for this recipient alone, put in front when the mail reaches it; complete lines without their CRLF.</summary>
    public IReadOnlyList<string> Headers { get; init; } = [];
}

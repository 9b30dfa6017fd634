using Posthorn.Protocols.Mime;
using Posthorn.Protocols.Smtp;

namespace Posthorn.Protocols.Dsn;

/// <summary>What a report says of one recipient (RFC 3464 2.3). Of a report that was read any property may be null; one that is written needs recipient, action and status.</summary>
public sealed record RecipientStatus
{
    /// <summary>The recipient as its sender named it (ORCPT), decoded.</summary>
    public TypedValue? OriginalRecipient { get; init; }

    /// <summary>The recipient as the reporter knew it.</summary>
    public TypedValue? FinalRecipient { get; init; }

    /// <summary>What became of it.</summary>
    public DeliveryAction? Action { get; init; }

    /// <summary>The status code.</summary>
    public EnhancedStatusCode? Status { get; init; }

    /// <summary>Who told the reporter; null when nobody did.</summary>
    public TypedValue? RemoteMta { get; init; }

    /// <summary>What was told, word for word: <c>smtp; 550 5.1.1 unknown user</c>.</summary>
    public TypedValue? DiagnosticCode { get; init; }

    /// <summary>When it was tried last.</summary>
    public DateTimeOffset? LastAttemptDate { get; init; }

    /// <summary>Until when it will be tried again; of delays only.</summary>
    public DateTimeOffset? WillRetryUntil { get; init; }

    /// <summary>The name of the delivery in the final host's log.</summary>
    public string? FinalLogId { get; init; }

    /// <summary>All fields as they stood in a report that was read; empty in one to be written.</summary>
    public IReadOnlyList<HeaderField> Fields { get; init; } = [];

    /// <summary>The address to blame: of the original recipient, else of the final one; null without either.</summary>
    public string? Address => OriginalRecipient?.Value ?? FinalRecipient?.Value;
}

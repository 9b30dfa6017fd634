using Posthorn.Bodies;
using Posthorn.Messages;

namespace Posthorn.Server.Spool;

/// <summary>A mail that a door hands in.</summary>
public sealed record Submission
{
    /// <summary>The mail as it is to be kept, the door's trace header included.</summary>
    public required Content Content { get; init; }

    public required Envelope Envelope { get; init; }

    /// <summary>What the door knows: <see cref="MailAttributes"/> and the sender's own.</summary>
    public required IReadOnlyDictionary<string, AttributeValue> Attributes { get; init; }

    public Priority Priority { get; init; }

    /// <summary>Not to be processed before (FUTURERELEASE); null is at once.</summary>
    public DateTimeOffset? DueAt { get; init; }

    /// <summary>The same key handed in again within an hour is the same mail.</summary>
    public string? IdempotencyKey { get; init; }
}

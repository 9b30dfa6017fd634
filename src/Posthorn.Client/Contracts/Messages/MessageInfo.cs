namespace Posthorn.Client.Contracts.Messages;

/// <summary>One message as a list shows it.</summary>
public sealed record MessageInfo
{
    /// <summary>Its name: 13 letters and digits.</summary>
    public required string Id { get; init; }

    /// <summary>The message it came from; itself when it was sent.</summary>
    public required string Origin { get; init; }

    /// <summary>The queue it is in.</summary>
    public required string Queue { get; init; }

    /// <summary>Its number in that queue.</summary>
    public required long Number { get; init; }

    /// <summary>Its group; null without one.</summary>
    public string? Group { get; init; }

    /// <summary>Where it stands.</summary>
    public required MessageState State { get; init; }

    /// <summary>0 to 9; higher first.</summary>
    public required int Priority { get; init; }

    /// <summary>When its origin was accepted.</summary>
    public required DateTimeOffset AcceptedAt { get; init; }

    /// <summary>When it came into this queue.</summary>
    public required DateTimeOffset EnqueuedAt { get; init; }

    /// <summary>From when on it can be received.</summary>
    public required DateTimeOffset DueAt { get; init; }

    /// <summary>How often it was handed out from this queue.</summary>
    public required int ReceiveCount { get; init; }

    /// <summary>How often it was tried: of mail the failed deliveries or pipeline runs, otherwise the receives.</summary>
    public required int Attempts { get; init; }

    /// <summary>The sender; empty is the null sender of bounces; null when it is no mail.</summary>
    public string? Sender { get; init; }

    /// <summary>The recipients.</summary>
    public required IReadOnlyList<string> Recipients { get; init; }

    /// <summary>Bytes of its content.</summary>
    public required long Bytes { get; init; }

    /// <summary>The mail's subject, cut at 200 characters.</summary>
    public string? Subject { get; init; }

    /// <summary>The mail's Message-ID without angle brackets.</summary>
    public string? MessageId { get; init; }

    /// <summary>Why the last attempt failed; null when none did.</summary>
    public string? LastError { get; init; }
}

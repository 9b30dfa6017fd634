namespace Posthorn.Client.Contracts.Webhooks;

/// <summary>One call to an endpoint.</summary>
public sealed record WebhookAttempt
{
    /// <summary>When it ended.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>The message, which is its <c>webhook-id</c>.</summary>
    public required string Message { get; init; }

    /// <summary>Where to, without the query.</summary>
    public required string Endpoint { get; init; }

    /// <summary>Which attempt of the message it was, from 1.</summary>
    public required int Number { get; init; }

    /// <summary>What came of it.</summary>
    public required WebhookOutcome Outcome { get; init; }

    /// <summary>The HTTP status; null when there was no answer.</summary>
    public int? Status { get; init; }

    /// <summary>The status with its phrase, or why there was none.</summary>
    public required string Reason { get; init; }

    /// <summary>How long it took.</summary>
    public required TimeSpan Took { get; init; }

    /// <summary>The first 1,024 bytes of the answer, on one line; null when there were none.</summary>
    public string? Answer { get; init; }

    /// <summary>When the message is posted again; null when it is not.</summary>
    public DateTimeOffset? NextAt { get; init; }
}

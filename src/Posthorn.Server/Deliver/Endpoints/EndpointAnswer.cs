namespace Posthorn.Server.Deliver.Endpoints;

/// <summary>What came of a post to an endpoint.</summary>
/// <param name="IsDone">It was taken: a status of 2xx in time.</param>
/// <param name="IsTransient">It was not, and another time it may be.</param>
/// <param name="Code">The HTTP status, or a word for why there was none.</param>
/// <param name="Reason">For people.</param>
internal sealed record EndpointAnswer(bool IsDone, bool IsTransient, string Code, string Reason)
{
    /// <summary>The <see cref="Code"/> of a post that was not made because the address is private and that is not allowed.</summary>
    public const string PrivateAddress = "PrivateAddress";

    /// <summary>The HTTP status; null when there was no answer.</summary>
    public int? Status { get; init; }

    /// <summary>From the beginning of the post to its outcome.</summary>
    public TimeSpan Took { get; init; }

    /// <summary>The first bytes of the answer's body (<see cref="AnswerExcerpt"/>) as text on one line; empty when there were none or they were read by somebody else.</summary>
    public string Excerpt { get; init; } = "";

    /// <summary>How long the endpoint asks to be left alone (Retry-After, RFC 9110 10.2.3), as it said it; null when it says nothing.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>The media type of the answer's body; null when it names none.</summary>
    public string? ContentType { get; init; }
}

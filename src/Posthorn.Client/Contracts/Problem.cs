using System.Text.Json.Serialization;

namespace Posthorn.Client.Contracts;

/// <summary>Why the server did not do what was asked (RFC 9457, <c>application/problem+json</c>).</summary>
public sealed record Problem
{
    /// <summary>The HTTP status.</summary>
    public required int Status { get; init; }

    /// <summary>The status in words.</summary>
    public required string Title { get; init; }

    /// <summary>Which problem it is, for programs: <c>queue-not-found</c>, <c>message-leased</c>, …; see the administration guide.</summary>
    public required string Code { get; init; }

    /// <summary>What was wrong and what would be right, for people.</summary>
    public string? Detail { get; init; }

    /// <summary>A link that describes the problem's kind; <c>about:blank</c>, because the code says it.</summary>
    [JsonPropertyOrder(-1)]
    public string Type { get; init; } = "about:blank";
}

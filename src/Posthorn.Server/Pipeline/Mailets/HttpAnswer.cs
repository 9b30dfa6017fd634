using System.Text.Json.Serialization;

namespace Posthorn.Server.Pipeline.Mailets;

/// <summary>What an HTTP service may answer, as JSON; an empty answer goes on.</summary>
internal sealed record HttpAnswer
{
    /// <summary><c>continue</c>, <c>reject</c>, <c>discard</c>, <c>hold</c> or <c>to</c>.</summary>
    [JsonPropertyName("action")]
    public string? Action { get; init; }

    /// <summary>Of <c>to</c>: where.</summary>
    [JsonPropertyName("processor")]
    public string? Processor { get; init; }

    /// <summary>Of <c>reject</c>: the reply.</summary>
    [JsonPropertyName("reply")]
    public string? Reply { get; init; }

    /// <summary>Of <c>hold</c>: why.</summary>
    [JsonPropertyName("reason")]
    public string? Reason { get; init; }

    [JsonPropertyName("priority")]
    public int? Priority { get; init; }

    /// <summary>Header fields to set.</summary>
    [JsonPropertyName("headers")]
    public IReadOnlyDictionary<string, string>? Headers { get; init; }

    /// <summary>Attributes to set.</summary>
    [JsonPropertyName("attributes")]
    public IReadOnlyDictionary<string, string>? Attributes { get; init; }
}

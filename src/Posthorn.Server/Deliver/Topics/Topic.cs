using System.Text.Json.Serialization;
using Posthorn.Protocols.Sns;

namespace Posthorn.Server.Deliver.Topics;

/// <summary>A topic as it is kept: a document of its own.</summary>
internal sealed record Topic
{
    public required string Region { get; init; }

    public required string Name { get; init; }

    /// <summary>The account that made it.</summary>
    public required string Owner { get; init; }

    /// <summary>Attributes by name, as they were set. What is not set is not in it.</summary>
    public IReadOnlyDictionary<string, string> Attributes { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>How many subscriptions ended.</summary>
    public long Ended { get; init; }

    [JsonIgnore]
    public bool IsFifo => TopicArn.IsFifoName(Name);

    [JsonIgnore]
    public bool DeduplicatesByContent => this[TopicAttribute.ContentBasedDeduplication] == "true";

    public string? this[string attribute] => Attributes.GetValueOrDefault(attribute);

    public TopicArn ArnOf(string account) => new(Region, account, Name);

    /// <summary>The same with one attribute set, or taken away.</summary>
    public Topic With(string attribute, string? value)
    {
        var attributes = new Dictionary<string, string>(Attributes, StringComparer.Ordinal);
        if (string.IsNullOrEmpty(value))
            attributes.Remove(attribute);
        else
            attributes[attribute] = value;
        return this with { Attributes = attributes };
    }
}

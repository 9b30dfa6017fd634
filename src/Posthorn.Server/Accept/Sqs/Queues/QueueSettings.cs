namespace Posthorn.Server.Accept.Sqs.Queues;

/// <summary>What SQS knows of a queue and the engine's policy does not: kept as a document beside it.</summary>
internal sealed record QueueSettings
{
    /// <summary>Of a queue that was never made or changed by this door.</summary>
    public static QueueSettings None { get; } = new();

    /// <summary>Unix seconds; 0 when it is not known.</summary>
    public long CreatedAt { get; init; }

    /// <summary>Unix seconds; 0 when it is not known.</summary>
    public long ChangedAt { get; init; }

    /// <summary>Attributes by name, as they are shown. What is not set is not in it.</summary>
    public IReadOnlyDictionary<string, string> Attributes { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    public string? this[string attribute] => Attributes.GetValueOrDefault(attribute);

    /// <summary>The same with one attribute set, or taken away.</summary>
    public QueueSettings With(string attribute, string? value)
    {
        var attributes = new Dictionary<string, string>(Attributes, StringComparer.Ordinal);
        if (value is null)
            attributes.Remove(attribute);
        else
            attributes[attribute] = value;
        return this with { Attributes = attributes };
    }
}

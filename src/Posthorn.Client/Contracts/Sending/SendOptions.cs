namespace Posthorn.Client.Contracts.Sending;

/// <summary>How a message is sent to a queue.</summary>
public sealed record SendOptions
{
    /// <summary>0 to 9, 5 when null; higher first.</summary>
    public int? Priority { get; init; }

    /// <summary>How long it is hidden; null is the queue's delay.</summary>
    public TimeSpan? Delay { get; init; }

    /// <summary>Its group; null without one.</summary>
    public string? Group { get; init; }

    /// <summary>Named texts that travel with it.</summary>
    public IReadOnlyDictionary<string, string> Attributes { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>1 to 100 characters: the same key sent again within an hour is the same message.</summary>
    public string? IdempotencyKey { get; init; }
}

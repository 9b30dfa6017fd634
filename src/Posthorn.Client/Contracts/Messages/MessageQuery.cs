namespace Posthorn.Client.Contracts.Messages;

/// <summary>Selects messages: every property given must hold. Given nothing, it selects everything.</summary>
public sealed record MessageQuery
{
    /// <summary>The messages with these ids.</summary>
    public IReadOnlyList<string>? Ids { get; init; }

    /// <summary>In one of these queues; null looks in all.</summary>
    public IReadOnlyList<string>? Queues { get; init; }

    /// <summary>The sender, compared without case; empty is the null sender. <c>*@domain</c> is any sender of a domain.</summary>
    public string? Sender { get; init; }

    /// <summary>One of the recipients, compared whole and without case.</summary>
    public string? Recipient { get; init; }

    /// <summary>The domain of one of the recipients, compared without case.</summary>
    public string? Domain { get; init; }

    /// <summary>Conditions on header fields, all of which hold. Bodies are read for it: narrow by other properties where you can.</summary>
    public IReadOnlyList<HeaderCondition>? Headers { get; init; }

    /// <summary>Attributes with these texts, all of which hold.</summary>
    public IReadOnlyDictionary<string, string>? Attributes { get; init; }

    /// <summary>In one of these states; null is every one but consumed.</summary>
    public IReadOnlyList<MessageState>? States { get; init; }

    /// <summary>Accepted longer ago than this.</summary>
    public TimeSpan? OlderThan { get; init; }

    /// <summary>Accepted less long ago than this.</summary>
    public TimeSpan? YoungerThan { get; init; }

    /// <summary>Consumed at this time or later; consumed ones only.</summary>
    public DateTimeOffset? ConsumedFrom { get; init; }

    /// <summary>Consumed before this time; consumed ones only.</summary>
    public DateTimeOffset? ConsumedBefore { get; init; }

    /// <summary>Tried at least this often.</summary>
    public int? MinAttempts { get; init; }

    /// <summary>Tried at most this often.</summary>
    public int? MaxAttempts { get; init; }

    /// <summary>A part of the last error, compared without case.</summary>
    public string? Error { get; init; }

    /// <summary>At least this priority, 0 to 9.</summary>
    public int? MinPriority { get; init; }

    /// <summary>At most this priority, 0 to 9.</summary>
    public int? MaxPriority { get; init; }

    /// <summary>Its group.</summary>
    public string? Group { get; init; }

    /// <summary>Comes from this message.</summary>
    public string? Origin { get; init; }
}

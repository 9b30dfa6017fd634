namespace Posthorn.Messages;

/// <summary>Selects messages by what the engine knows of them without reading bodies; every property given must hold.</summary>
public sealed record MessageFilter
{
    /// <summary>Selects everything.</summary>
    public static MessageFilter All { get; } = new();

    /// <summary>The sender, compared without case; empty is the null sender.</summary>
    public string? Sender { get; init; }

    /// <summary>One of the recipients, compared whole and without case (<c>a@b</c> does not select <c>a@b.local</c>).</summary>
    public string? Recipient { get; init; }

    /// <summary>The domain of one of the recipients, compared without case.</summary>
    public string? RecipientDomain { get; init; }

    /// <summary>One of these states; null is every one but <see cref="MessageState.Consumed"/>.</summary>
    public IReadOnlyList<MessageState>? States { get; init; }

    /// <summary>Its group.</summary>
    public string? Group { get; init; }

    /// <summary>Accepted before this time.</summary>
    public DateTimeOffset? AcceptedBefore { get; init; }

    /// <summary>Accepted at this time or later.</summary>
    public DateTimeOffset? AcceptedFrom { get; init; }

    /// <summary>Consumed before this time; only consumed messages.</summary>
    public DateTimeOffset? ConsumedBefore { get; init; }

    /// <summary>Consumed at this time or later; only consumed messages.</summary>
    public DateTimeOffset? ConsumedFrom { get; init; }

    /// <summary>At least this priority.</summary>
    public Priority? PriorityMin { get; init; }

    /// <summary>At most this priority.</summary>
    public Priority? PriorityMax { get; init; }

    /// <summary>Received at least this often.</summary>
    public int? ReceiveCountMin { get; init; }

    /// <summary>A part of the last error, compared without case.</summary>
    public string? LastErrorContains { get; init; }

    /// <summary>Comes from this origin.</summary>
    public MessageId? Origin { get; init; }

    /// <summary>An attribute with this text.</summary>
    public KeyValuePair<string, string>? Attribute { get; init; }

    /// <summary>Whether <paramref name="message"/> is selected.</summary>
    public bool Selects(Message message) =>
        (Sender is null || string.Equals(message.Envelope.Sender, Sender, StringComparison.OrdinalIgnoreCase))
        && (Recipient is null || message.Envelope.Recipients.Any(r => r.Address.Equals(Recipient, StringComparison.OrdinalIgnoreCase)))
        && (RecipientDomain is null || message.Envelope.Recipients.Any(r => DomainOf(r.Address).Equals(RecipientDomain, StringComparison.OrdinalIgnoreCase)))
        && (States?.Contains(message.State) ?? message.State != MessageState.Consumed)
        && (Group is null || message.Group == Group)
        && (AcceptedBefore is null || message.AcceptedAt < AcceptedBefore)
        && (AcceptedFrom is null || message.AcceptedAt >= AcceptedFrom)
        && ((ConsumedBefore ?? ConsumedFrom) is null || message.State == MessageState.Consumed)
        && (ConsumedBefore is null || message.DueAt < ConsumedBefore)
        && (ConsumedFrom is null || message.DueAt >= ConsumedFrom)
        && (PriorityMin is null || message.Priority.Value >= PriorityMin.Value.Value)
        && (PriorityMax is null || message.Priority.Value <= PriorityMax.Value.Value)
        && (ReceiveCountMin is null || message.ReceiveCount >= ReceiveCountMin)
        && (LastErrorContains is null || message.LastError?.Contains(LastErrorContains, StringComparison.OrdinalIgnoreCase) == true)
        && (Origin is null || message.Origin == Origin || message.Id == Origin)
        && (Attribute is null || message.Text(Attribute.Value.Key) == Attribute.Value.Value);

    private static string DomainOf(string address) => address.Contains('@', StringComparison.Ordinal) ? address[(address.LastIndexOf('@') + 1)..] : "";
}

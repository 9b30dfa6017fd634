using Posthorn.Messages;

namespace Posthorn.Embedded;

/// <summary>What a sender says of one message besides its bytes; every default is what a message needs that says nothing.</summary>
public record MessageOptions
{
    /// <summary>Nothing special.</summary>
    public static MessageOptions None { get; } = new();

    /// <summary>0 to 9, higher first; 5 by default.</summary>
    public Priority Priority { get; init; }

    /// <summary>How long the message is hidden, counted from the send: up to centuries; negative is not at all; null is the queue's own delay.</summary>
    public TimeSpan? Delay { get; init; }

    /// <summary>From when on it can be received, by the wall clock; a time that has passed is now. Not together with <see cref="Delay"/>.</summary>
    public DateTimeOffset? DueAt { get; init; }

    /// <summary>
    /// The group it belongs to, 1 to 255 characters: a consumer may ask for one group alone, and a FIFO queue keeps order within a group. Null is none.
    /// </summary>
    public string? Group { get; init; }

    /// <summary>
    /// Names what is sent: 1 to 128 characters. A message with an id that came to the queue within its <see cref="Queues.QueuePolicy.DeduplicationWindow"/>
    /// (5 minutes by default) is not added; <see cref="Commits.AddedMessage.IsDuplicate"/> says so, with the first one's id and number. Null is none.
    /// </summary>
    public string? DeduplicationId { get; init; }

    /// <summary>Named values that travel with it. W3C trace context is added as <c>traceparent</c> and <c>tracestate</c> when an activity is current and they are not given.</summary>
    public IReadOnlyDictionary<string, AttributeValue>? Attributes { get; init; }

    /// <summary>Sender and recipients, when the message is a mail.</summary>
    public Envelope Envelope { get; init; } = Envelope.None;
}

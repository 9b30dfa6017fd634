using Posthorn.Bodies;
using Posthorn.Queues;

namespace Posthorn.Messages;

/// <summary>One entry in one queue, as it stood when it was read: content, envelope, attributes and the small mutable state.</summary>
/// <remarks>A snapshot: it never changes. What changes a message is a <see cref="Commits.Commit"/>.</remarks>
public sealed record Message
{
    /// <summary>Its name; stays when it moves to another queue.</summary>
    public required MessageId Id { get; init; }

    /// <summary>The message from which it came: itself when it was sent, the first accepted one when it was split, copied or bounced off. All of one origin share a timeline.</summary>
    public required MessageId Origin { get; init; }

    /// <summary>The queue it is in.</summary>
    public required QueueName Queue { get; init; }

    /// <summary>Its number in this queue: grows with every message that comes in and is never used again (IMAP's UID, the FIFO sequence number).</summary>
    public required long Number { get; init; }

    /// <summary>The group it belongs to; see <see cref="NewMessage.Group"/>.</summary>
    public string? Group { get; init; }

    /// <summary>The id under which it was sent; see <see cref="NewMessage.DeduplicationId"/>. Stays when it moves.</summary>
    public string? DeduplicationId { get; init; }

    /// <summary>Where it stands.</summary>
    public required MessageState State { get; init; }

    /// <summary>0 to 9; higher first.</summary>
    public required Priority Priority { get; init; }

    /// <summary>When its origin was accepted: age, retention and give-up are counted from here, whatever queues it passed.</summary>
    public required DateTimeOffset AcceptedAt { get; init; }

    /// <summary>When it came into this queue.</summary>
    public required DateTimeOffset EnqueuedAt { get; init; }

    /// <summary>From when on it can be received; of a consumed message when it was consumed.</summary>
    public required DateTimeOffset DueAt { get; init; }

    /// <summary>How often it was handed out from this queue.</summary>
    public required int ReceiveCount { get; init; }

    /// <summary>
    /// When it was last added, changed, released or moved by a commit: grows strictly in the order in which commits can be seen, over restarts too, and is
    /// below 2^48; messages of one commit have the same (IMAP's MODSEQ, RFC 7162). Leases, their ends and receive counts are not in it.
    /// </summary>
    public long ModSeq { get; init; }

    /// <summary>Sender and recipients.</summary>
    public required Envelope Envelope { get; init; }

    /// <summary>Named values that travel with it; names are compared ordinally.</summary>
    public required IReadOnlyDictionary<string, AttributeValue> Attributes { get; init; }

    /// <summary>Keywords that readers set on it (IMAP flags); compared without case.</summary>
    public required IReadOnlyList<string> Flags { get; init; }

    /// <summary>Why the last attempt failed; null when none did.</summary>
    public string? LastError { get; init; }

    /// <summary>What it carries.</summary>
    public required Content Content { get; init; }

    /// <summary>The text of a string attribute; null when it is absent or binary.</summary>
    public string? Text(string attribute) => Attributes.TryGetValue(attribute, out var value) ? value.Text : null;
}

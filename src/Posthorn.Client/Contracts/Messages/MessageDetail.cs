namespace Posthorn.Client.Contracts.Messages;

/// <summary>Everything about one message but its body.</summary>
public sealed record MessageDetail
{
    /// <summary>What a list shows of it.</summary>
    public required MessageInfo Message { get; init; }

    /// <summary>The recipients with their delivery notification wishes.</summary>
    public required IReadOnlyList<MessageRecipient> Recipients { get; init; }

    /// <summary>The envelope id of RFC 3461; null when none was given.</summary>
    public string? EnvelopeId { get; init; }

    /// <summary>Its attributes.</summary>
    public required IReadOnlyDictionary<string, MessageAttribute> Attributes { get; init; }

    /// <summary>Its flags.</summary>
    public required IReadOnlyList<string> Flags { get; init; }

    /// <summary>The mail's header fields in order; empty when it is no mail.</summary>
    public required IReadOnlyList<MessageHeader> Headers { get; init; }
}

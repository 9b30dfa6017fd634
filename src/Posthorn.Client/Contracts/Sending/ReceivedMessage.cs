using Posthorn.Client.Contracts.Messages;

namespace Posthorn.Client.Contracts.Sending;

/// <summary>A message and the right to it until its lease ends.</summary>
public sealed record ReceivedMessage
{
    /// <summary>The proof of the lease: ack, release or extend with it.</summary>
    public required string Handle { get; init; }

    /// <summary>When the lease ends.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>The message.</summary>
    public required MessageInfo Message { get; init; }

    /// <summary>Its attributes.</summary>
    public required IReadOnlyDictionary<string, MessageAttribute> Attributes { get; init; }

    /// <summary>Its body (base 64 in JSON); null when it is too large to come along: open it by the handle.</summary>
    public byte[]? Body { get; init; }
}

using System.Text;
using Posthorn.Client.Contracts.Messages;

namespace Posthorn.Client.Contracts.Sending;

/// <summary>A message as a stream pushes it: what a receive brings, with a body that is text where it can be.</summary>
public sealed record StreamedMessage
{
    /// <summary>What it is among the things a stream tells: <c>message</c>.</summary>
    public string Type { get; init; } = "message";

    /// <summary>The proof of the lease: ack, release or extend with it.</summary>
    public required string Handle { get; init; }

    /// <summary>When the lease ends unless it is renewed; the server renews it while the stream lasts.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>The message.</summary>
    public required MessageInfo Message { get; init; }

    /// <summary>Its attributes.</summary>
    public required IReadOnlyDictionary<string, MessageAttribute> Attributes { get; init; }

    /// <summary>Its body where that is UTF-8.</summary>
    public string? Text { get; init; }

    /// <summary>Its body (base 64 in JSON) where it is not.</summary>
    public byte[]? Body { get; init; }

    /// <summary>Where its body is when it is too large to come along; a path on the server.</summary>
    public string? BodyUrl { get; init; }

    /// <summary>As a receive would have brought it.</summary>
    public ReceivedMessage ToReceived() => new()
    {
        Handle = Handle, ExpiresAt = ExpiresAt, Message = Message, Attributes = Attributes, Body = Text is null ? Body : Encoding.UTF8.GetBytes(Text),
    };
}

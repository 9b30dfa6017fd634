using Posthorn.Protocols.Smtp;

namespace Posthorn.Server.Deliver.Outgoing.Connections;

/// <summary>A connection could not be had, or was lost: what concerns the destination and not one mail.</summary>
public sealed class DeliveryException(SmtpReply reply, DeliveryStage stage, string? host, string? peer, Exception? inner = null)
    : Exception($"{stage}: {reply}", inner)
{
    /// <summary>The other side's reply, or one of our own that says what happened.</summary>
    public SmtpReply Reply { get; } = reply;

    public DeliveryStage Stage { get; } = stage;

    /// <summary>The host concerned; null when it is none in particular.</summary>
    public string? Host { get; } = host;

    /// <summary>Its address and name, as the timeline tells it.</summary>
    public string? Peer { get; } = peer;

    /// <summary>Whether the reply came from the other side.</summary>
    public bool IsRemote { get; init; }
}

using System.Net.WebSockets;

namespace Posthorn.Server.Retrieve.Streams.WebSockets;

/// <summary>Why a stream ends, as its client is told.</summary>
/// <param name="Status">The close code (RFC 6455 7.4).</param>
/// <param name="Reason">In words; at most 123 bytes.</param>
/// <param name="Code">For programs, as the code of a problem; null when nothing went wrong.</param>
internal sealed record StreamEnding(WebSocketCloseStatus Status, string Reason, string? Code = null)
{
    /// <summary>The client said its last word.</summary>
    public static StreamEnding ByClient { get; } = new(WebSocketCloseStatus.NormalClosure, "");

    /// <summary>The client broke the protocol, and the framework has told it so.</summary>
    public static StreamEnding NoFrame { get; } = new(WebSocketCloseStatus.ProtocolError, "what came is no frame of the protocol");

    public static StreamEnding Lost { get; } = new(WebSocketCloseStatus.NormalClosure, "the connection is lost");

    public static StreamEnding ShuttingDown { get; } = new(WebSocketCloseStatus.EndpointUnavailable, "the server is shutting down; connect again");

    public static StreamEnding QueueGone { get; } = new((WebSocketCloseStatus)4404, "the queue was deleted", "queue-not-found");

    public static StreamEnding NotText { get; } = new(WebSocketCloseStatus.InvalidMessageType, "frames are JSON texts", "bad-frame");

    public static StreamEnding Failed { get; } = new(WebSocketCloseStatus.InternalServerError, "the server could not go on, and its log says why", "internal");

    public static StreamEnding EngineFailed { get; } = new(WebSocketCloseStatus.InternalServerError, "the engine is out of service", "engine-failed");

    public static StreamEnding TooLarge(int bytesMax) => new(WebSocketCloseStatus.MessageTooBig, $"a frame has at most {bytesMax} bytes", "too-large");
}

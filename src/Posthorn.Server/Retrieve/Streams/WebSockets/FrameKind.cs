namespace Posthorn.Server.Retrieve.Streams.WebSockets;

/// <summary>What a client says.</summary>
internal enum FrameKind
{
    /// <summary>Send me so many messages more.</summary>
    Credit,
    /// <summary>These are done.</summary>
    Ack,
    /// <summary>Take these back.</summary>
    Nack,
    /// <summary>I need these for longer.</summary>
    Extend,
    /// <summary>Send no more; I finish what I have.</summary>
    Stop,
}

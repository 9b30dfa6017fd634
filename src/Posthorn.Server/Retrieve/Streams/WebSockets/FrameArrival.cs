namespace Posthorn.Server.Retrieve.Streams.WebSockets;

/// <summary>What has come from a client.</summary>
internal enum FrameArrival
{
    /// <summary>A whole frame of text.</summary>
    Text,
    /// <summary>A frame that is no text.</summary>
    Binary,
    /// <summary>More than a frame may have; the rest of it was not read.</summary>
    TooLarge,
    /// <summary>The client's last word.</summary>
    Close,
}

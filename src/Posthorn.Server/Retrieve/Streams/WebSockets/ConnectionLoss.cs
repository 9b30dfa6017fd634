using System.Net.WebSockets;
using Microsoft.AspNetCore.Connections;

namespace Posthorn.Server.Retrieve.Streams.WebSockets;

/// <summary>Tells a connection that is lost from what should not happen.</summary>
internal static class ConnectionLoss
{
    /// <summary>The peer went away, did not answer, or the connection was cut from this side.</summary>
    public static bool Is(Exception e) => e is WebSocketException or OperationCanceledException or IOException or ObjectDisposedException or ConnectionAbortedException;
}

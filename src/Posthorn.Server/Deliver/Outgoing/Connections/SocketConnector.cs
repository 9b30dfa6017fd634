using System.Net;
using System.Net.Sockets;

namespace Posthorn.Server.Deliver.Outgoing.Connections;

/// <summary>Opens TCP connections.</summary>
public sealed class SocketConnector : IConnector
{
    public async ValueTask<Stream> ConnectAsync(IPEndPoint remote, IPAddress? local, CancellationToken cancellationToken)
    {
        // We write whole groups of commands at once: waiting to fill packets would only delay them.
        var socket = new Socket(remote.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            if (local is not null && local.AddressFamily == remote.AddressFamily)
                socket.Bind(new IPEndPoint(local, 0));
            await socket.ConnectAsync(remote, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}

using System.Net;

namespace Posthorn.Server.Deliver.Outgoing.Connections;

/// <summary>Opens connections to other hosts.</summary>
public interface IConnector
{
    /// <summary>Connects; the stream's disposal closes the connection.</summary>
    /// <exception cref="IOException">It can't be had; so does <see cref="System.Net.Sockets.SocketException"/>.</exception>
    ValueTask<Stream> ConnectAsync(IPEndPoint remote, IPAddress? local, CancellationToken cancellationToken);
}

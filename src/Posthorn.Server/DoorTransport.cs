using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Posthorn.Server.Operate.Health;

namespace Posthorn.Server;

/// <summary>Kestrel's socket transport, but a place that cannot be bound is told with its door's key and what to do.</summary>
internal sealed class DoorTransport(SocketTransportFactory sockets, IReadOnlyList<Listener> doors) : IConnectionListenerFactory
{
    public async ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        try
        {
            return await sockets.BindAsync(endpoint, cancellationToken);
        }
        catch (Exception e) when (e is AddressInUseException or SocketException && endpoint is IPEndPoint place && Reason(e, place) is { } reason)
        {
            var door = doors.FirstOrDefault(d => d.EndPoint.Equals(place))?.Door ?? "?";
            throw new ListenException(door, place, reason, e);
        }
    }

    private static string? Reason(Exception e, IPEndPoint place) => e switch
    {
        AddressInUseException => $"{place} is in use by another program; stop that one (\"ss -ltnp\" shows it) or choose another port",
        SocketException { SocketErrorCode: SocketError.AccessDenied } =>
            $"{place} may not be opened: ports below 1024 need a right of their own (systemd: AmbientCapabilities=CAP_NET_BIND_SERVICE); grant it or choose a port from 1024 on",
        SocketException { SocketErrorCode: SocketError.AddressNotAvailable } => $"{place.Address} is no address of this machine (\"ip address\" shows them); choose one of its own",
        // Anything else, such as no IPv6 here, Kestrel knows how to go on from, or says itself.
        _ => null,
    };
}

using System.Net;

namespace Posthorn.Server.Connections;

/// <summary>Who is at the other end of a connection.</summary>
/// <param name="Address">The address, an IPv4 one as such (not mapped into IPv6); null when the transport knows none.</param>
/// <param name="Port">The port.</param>
/// <param name="ConnectionId">The connection's id in logs.</param>
internal sealed record ClientPeer(IPAddress? Address, int Port, string ConnectionId)
{
    public bool IsLoopback => Address is not null && IPAddress.IsLoopback(Address);

    public static ClientPeer Of(EndPoint? endpoint, string connectionId) => endpoint is IPEndPoint ip
        ? new ClientPeer(ip.Address.IsIPv4MappedToIPv6 ? ip.Address.MapToIPv4() : ip.Address, ip.Port, connectionId)
        : new ClientPeer(null, 0, connectionId);

    public override string ToString() => Address is null ? "unknown" : new IPEndPoint(Address, Port).ToString();
}

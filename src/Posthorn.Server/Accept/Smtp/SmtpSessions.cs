using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Posthorn.Protocols.Smtp;

namespace Posthorn.Server.Accept.Smtp;

/// <summary>
/// The open sessions: how many there may be, in all and from one address, and one heartbeat a second that ends those that are too slow,
/// so that a session needs no timer of its own.
/// </summary>
internal sealed class SmtpSessions : IDisposable
{
    private static readonly TimeSpan s_heartbeat = TimeSpan.FromSeconds(1);

    private readonly SmtpOptions _options;
    private readonly RelayPolicy _relay;
    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<SmtpSession, byte> _sessions = new();
    private readonly Dictionary<IPAddress, int> _byAddress = [];
    private readonly Lock _lock = new(); // guards _byAddress and _count
    private readonly ITimer _timer;
    private int _count;

    public SmtpSessions(SmtpOptions options, RelayPolicy relay, TimeProvider time)
    {
        _options = options;
        _relay = relay;
        _time = time;
        _timer = time.CreateTimer(_ => Beat(), null, s_heartbeat, s_heartbeat);
    }

    /// <summary>How many connections there are.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return _count;
        }
    }

    /// <summary>Takes a place for a connection; null when it has one, otherwise the reply that it is greeted with. <see cref="Leave"/> gives the place back.</summary>
    public SmtpReply? Enter(IPAddress? address)
    {
        var key = KeyOf(address);
        lock (_lock)
        {
            if (_count >= _options.ConnectionsMax)
                return SmtpReplies.TooManyConnections;
            if (key is not null)
            {
                var fromAddress = _byAddress.GetValueOrDefault(key);
                if (fromAddress >= _options.ConnectionsPerAddressMax)
                    return SmtpReplies.TooManyConnectionsFromAddress;
                _byAddress[key] = fromAddress + 1;
            }
            _count++;
            return null;
        }
    }

    public void Leave(IPAddress? address)
    {
        var key = KeyOf(address);
        lock (_lock)
        {
            _count--;
            if (key is null)
                return;
            if (_byAddress[key] == 1)
                _byAddress.Remove(key);
            else
                _byAddress[key]--;
        }
    }

    /// <summary>Watches over a session until it is removed.</summary>
    public void Add(SmtpSession session) => _sessions.TryAdd(session, 0);

    public void Remove(SmtpSession session) => _sessions.TryRemove(session, out _);

    public void Dispose() => _timer.Dispose();

    private void Beat()
    {
        var now = _time.GetTimestamp();
        foreach (var (session, _) in _sessions)
            session.OnHeartbeat(now);
    }

    /// <summary>What connections are counted by: the address, or the /64 that one IPv6 customer has at least (RFC 6177); null is exempt.</summary>
    private IPAddress? KeyOf(IPAddress? address)
    {
        if (address is null || IPAddress.IsLoopback(address) || _relay.IsRelayPeer(address))
            return null;
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
            return address;
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        bytes[8..].Clear();
        return new IPAddress(bytes);
    }
}

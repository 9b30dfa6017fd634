using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Posthorn.Server.Operate.Clustering;

namespace Posthorn.Server.Connections;

/// <summary>
/// The open connections of a door: how many there may be, in all and from one address, and one heartbeat a second for their sessions, so that a session
/// needs no timer of its own.
/// </summary>
internal sealed class OpenConnections : IDisposable
{
    private static readonly TimeSpan s_heartbeat = TimeSpan.FromSeconds(1);

    private readonly int _max;
    private readonly int _perAddressMax;
    private readonly Func<IPAddress, bool> _isExempt;
    private readonly Duty _duty;
    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<IHeartbeat, byte> _sessions = new();
    private readonly Dictionary<IPAddress, int> _byAddress = [];
    private readonly Lock _lock = new(); // guards _byAddress and _count
    private readonly ITimer _timer;
    private int _count;

    /// <param name="max">Most at once.</param>
    /// <param name="perAddressMax">Most at once from one IPv4 address or IPv6 /64.</param>
    /// <param name="isExempt">Addresses that are not counted so; loopback never is.</param>
    /// <param name="duty">Whether the node takes on work: while it drains nobody comes in.</param>
    /// <param name="time">The clock.</param>
    public OpenConnections(int max, int perAddressMax, Func<IPAddress, bool> isExempt, Duty duty, TimeProvider time)
    {
        (_max, _perAddressMax, _isExempt, _duty, _time) = (max, perAddressMax, isExempt, duty, time);
        duty.Changed += EndIfDraining;
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

    /// <summary>Takes a place for a connection; when it is granted, <see cref="Leave"/> gives it back.</summary>
    public Admission Enter(IPAddress? address)
    {
        if (!_duty.IsOn)
            return Admission.Draining;
        var key = KeyOf(address);
        lock (_lock)
        {
            if (_count >= _max)
                return Admission.Full;
            if (key is not null)
            {
                var fromAddress = _byAddress.GetValueOrDefault(key);
                if (fromAddress >= _perAddressMax)
                    return Admission.FullForAddress;
                _byAddress[key] = fromAddress + 1;
            }
            _count++;
            return Admission.Granted;
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

    /// <summary>Lets a session hear the heartbeat until it is removed.</summary>
    public void Add(IHeartbeat session)
    {
        _sessions.TryAdd(session, 0);
        EndIfDraining(); // it came in just before
    }

    public void Remove(IHeartbeat session) => _sessions.TryRemove(session, out _);

    public void Dispose()
    {
        _duty.Changed -= EndIfDraining;
        _timer.Dispose();
    }

    // As when the server stops: sessions that wait for a command end now, others after what they are doing.
    private void EndIfDraining()
    {
        if (_duty.IsOn)
            return;
        foreach (var session in _sessions.Keys.OfType<IDoorSession>())
            session.Connection.Stop();
    }

    private void Beat()
    {
        var now = _time.GetTimestamp();
        foreach (var (session, _) in _sessions)
            session.OnHeartbeat(now);
    }

    /// <summary>What connections are counted by: the address, or the /64 that one IPv6 customer has at least (RFC 6177); null is exempt.</summary>
    private IPAddress? KeyOf(IPAddress? address)
    {
        if (address is null || IPAddress.IsLoopback(address) || _isExempt(address))
            return null;
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
            return address;
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        bytes[8..].Clear();
        return new IPAddress(bytes);
    }
}

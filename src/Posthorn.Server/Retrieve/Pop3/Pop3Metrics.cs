using System.Diagnostics.Metrics;
using Posthorn.Server.Operate.Metrics;

namespace Posthorn.Server.Retrieve.Pop3;

/// <summary>What the POP3 door counts.</summary>
internal sealed class Pop3Metrics : IDisposable
{
    private readonly Meter _meter = new(ServerMeter.Name);
    private readonly Counter<long> _logins;
    private readonly Counter<long> _retrieved;
    private readonly Counter<long> _retrievedBytes;
    private readonly Counter<long> _removed;
    private readonly UpDownCounter<long> _connections;

    public Pop3Metrics()
    {
        _logins = _meter.CreateCounter<long>("posthorn.pop3.logins", "{login}", "Logins, by outcome: ok, refused, in-use.");
        _retrieved = _meter.CreateCounter<long>("posthorn.pop3.retrieved", "{message}", "Messages that were sent whole to clients.");
        _retrievedBytes = _meter.CreateCounter<long>("posthorn.pop3.retrieved_bytes", "By", "Their bytes.");
        _removed = _meter.CreateCounter<long>("posthorn.pop3.removed", "{message}", "Messages that clients removed with QUIT; durable.");
        _connections = _meter.CreateUpDownCounter<long>("posthorn.pop3.connections", "{connection}", "Open sessions.");
    }

    public void LoggedIn(string outcome) => _logins.Add(1, new KeyValuePair<string, object?>("outcome", outcome));

    public void Retrieved(long bytes)
    {
        _retrieved.Add(1);
        _retrievedBytes.Add(bytes);
    }

    public void Removed(int messages) => _removed.Add(messages);

    public void Connected(Pop3Door door) => _connections.Add(1, new KeyValuePair<string, object?>("door", Name(door)));

    public void Disconnected(Pop3Door door) => _connections.Add(-1, new KeyValuePair<string, object?>("door", Name(door)));

    public void Dispose() => _meter.Dispose();

    private static string Name(Pop3Door door) => door == Pop3Door.Pop3 ? "pop3" : "pop3s";
}

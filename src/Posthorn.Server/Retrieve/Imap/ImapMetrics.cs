using System.Diagnostics.Metrics;
using Posthorn.Protocols.Imap.Responses;
using Posthorn.Server.Operate.Metrics;

namespace Posthorn.Server.Retrieve.Imap;

/// <summary>What the IMAP doors count.</summary>
internal sealed class ImapMetrics : IDisposable
{
    private readonly Meter _meter = new(ServerMeter.Name);
    private readonly Counter<long> _commands;
    private readonly Counter<long> _appended;
    private readonly Counter<long> _appendedBytes;
    private readonly Counter<long> _fetchedBytes;
    private readonly Counter<long> _leases;
    private readonly Counter<long> _logins;
    private readonly UpDownCounter<long> _connections;

    public ImapMetrics()
    {
        _commands = _meter.CreateCounter<long>("posthorn.imap.commands", "{command}", "Commands of IMAP clients, by command and outcome.");
        _appended = _meter.CreateCounter<long>("posthorn.imap.appended", "{message}", "Messages that were appended over IMAP and are durable.");
        _appendedBytes = _meter.CreateCounter<long>("posthorn.imap.appended_bytes", "By", "Their bytes.");
        _fetchedBytes = _meter.CreateCounter<long>("posthorn.imap.fetched_bytes", "By", "Bytes of messages' content that were sent to IMAP clients.");
        _leases = _meter.CreateCounter<long>("posthorn.imap.leases", "{lease}", "Claims over IMAP, by outcome: taken, lost, refused, released, expired.");
        _logins = _meter.CreateCounter<long>("posthorn.imap.logins", "{login}", "Logins over IMAP, by outcome.");
        _connections = _meter.CreateUpDownCounter<long>("posthorn.imap.connections", "{connection}", "Open sessions.");
    }

    public void Command(string name, ImapStatus outcome) =>
        _commands.Add(1, new KeyValuePair<string, object?>("command", name), new KeyValuePair<string, object?>("outcome", NameOf(outcome)));

    public void Appended(int messages, long bytes)
    {
        _appended.Add(messages);
        _appendedBytes.Add(bytes);
    }

    public void Fetched(long bytes) => _fetchedBytes.Add(bytes);

    public void Leases(string outcome, int count = 1)
    {
        if (count > 0)
            _leases.Add(count, new KeyValuePair<string, object?>("outcome", outcome));
    }

    public void Login(bool isGood) => _logins.Add(1, new KeyValuePair<string, object?>("outcome", isGood ? "ok" : "failed"));

    public void Connected(ImapDoor door) => _connections.Add(1, new KeyValuePair<string, object?>("door", NameOf(door)));

    public void Disconnected(ImapDoor door) => _connections.Add(-1, new KeyValuePair<string, object?>("door", NameOf(door)));

    public void Dispose() => _meter.Dispose();

    private static string NameOf(ImapStatus outcome) => outcome switch { ImapStatus.Ok => "ok", ImapStatus.No => "no", _ => "bad" };

    private static string NameOf(ImapDoor door) => door == ImapDoor.Imap ? "imap" : "imaps";
}

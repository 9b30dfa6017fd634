using System.Diagnostics.Metrics;
using Posthorn.Server.Operate.Metrics;

namespace Posthorn.Server.Accept.Smtp;

/// <summary>What the SMTP doors count.</summary>
internal sealed class SmtpMetrics : IDisposable
{
    private readonly Meter _meter = new(ServerMeter.Name);
    private readonly Counter<long> _accepted;
    private readonly Counter<long> _acceptedBytes;
    private readonly Counter<long> _refused;
    private readonly UpDownCounter<long> _connections;

    public SmtpMetrics()
    {
        _accepted = _meter.CreateCounter<long>("posthorn.smtp.accepted", "{mail}", "Mails that were taken in and are durable.");
        _acceptedBytes = _meter.CreateCounter<long>("posthorn.smtp.accepted_bytes", "By", "Their bytes.");
        _refused = _meter.CreateCounter<long>("posthorn.smtp.refused", "{reply}", "Commands and mails answered with 4xx or 5xx, by code.");
        _connections = _meter.CreateUpDownCounter<long>("posthorn.smtp.connections", "{connection}", "Open sessions.");
    }

    public void Accepted(SmtpDoor door, long bytes)
    {
        var tag = new KeyValuePair<string, object?>("door", Name(door));
        _accepted.Add(1, tag);
        _acceptedBytes.Add(bytes, tag);
    }

    public void Refused(SmtpDoor door, int code) =>
        _refused.Add(1, new KeyValuePair<string, object?>("door", Name(door)), new KeyValuePair<string, object?>("code", code));

    public void Connected(SmtpDoor door) => _connections.Add(1, new KeyValuePair<string, object?>("door", Name(door)));

    public void Disconnected(SmtpDoor door) => _connections.Add(-1, new KeyValuePair<string, object?>("door", Name(door)));

    public void Dispose() => _meter.Dispose();

    private static string Name(SmtpDoor door) => door switch { SmtpDoor.Smtp => "smtp", SmtpDoor.Smtps => "smtps", _ => "lmtp" };
}

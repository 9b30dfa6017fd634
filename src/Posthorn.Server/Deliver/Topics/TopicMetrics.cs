using System.Diagnostics.Metrics;
using Posthorn.Protocols.Aws;
using Posthorn.Protocols.Sns;
using Posthorn.Server.Operate.Metrics;

namespace Posthorn.Server.Deliver.Topics;

/// <summary>What topics and their door count.</summary>
internal sealed class TopicMetrics : IDisposable
{
    private readonly Meter _meter = new(ServerMeter.Name);
    private readonly Counter<long> _requests;
    private readonly Counter<long> _refused;
    private readonly Counter<long> _published;
    private readonly Counter<long> _filtered;
    private readonly Counter<long> _attempts;
    private readonly Counter<long> _failed;

    public TopicMetrics()
    {
        _requests = _meter.CreateCounter<long>("posthorn.sns.requests", "{request}", "Requests that were answered as asked, by action.");
        _refused = _meter.CreateCounter<long>("posthorn.sns.refused", "{request}", "Requests that were refused, by code.");
        _published = _meter.CreateCounter<long>("posthorn.sns.published", "{message}", "Messages published to topics.");
        _filtered = _meter.CreateCounter<long>("posthorn.sns.filtered", "{message}", "Messages that a subscription's filter policy kept from it.");
        _attempts = _meter.CreateCounter<long>("posthorn.sns.attempts", "{attempt}", "Attempts to deliver to HTTP endpoints and full queues, by result.");
        _failed = _meter.CreateCounter<long>("posthorn.sns.failed", "{message}", "Messages that a subscription could not get: dead letters, or dropped without a queue for them.");
    }

    public void Answered(SnsAction action) => _requests.Add(1, new KeyValuePair<string, object?>("action", action.ToString()));

    public void Refused(AwsError error) => _refused.Add(1, new KeyValuePair<string, object?>("code", error.Code));

    public void Published(int count) => _published.Add(count);

    public void Filtered() => _filtered.Add(1);

    public void Attempted(bool isDone) => _attempts.Add(1, new KeyValuePair<string, object?>("result", isDone ? "delivered" : "failed"));

    public void Failed() => _failed.Add(1);

    public void Dispose() => _meter.Dispose();
}

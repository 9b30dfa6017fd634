using System.Diagnostics.Metrics;
using Posthorn.Protocols.Aws;
using Posthorn.Protocols.Sqs;
using Posthorn.Server.Operate.Metrics;

namespace Posthorn.Server.Accept.Sqs;

/// <summary>What the SQS door counts.</summary>
internal sealed class SqsMetrics : IDisposable
{
    private readonly Meter _meter = new(ServerMeter.Name);
    private readonly Counter<long> _requests;
    private readonly Counter<long> _refused;
    private long _waiting;

    public SqsMetrics()
    {
        _requests = _meter.CreateCounter<long>("posthorn.sqs.requests", "{request}", "Requests that were answered as asked, by action.");
        _refused = _meter.CreateCounter<long>("posthorn.sqs.refused", "{request}", "Requests that were refused, by code.");
        _meter.CreateObservableUpDownCounter("posthorn.sqs.waiting", () => Waiting, "{request}", "Receives that wait for a message.");
    }

    public void Answered(SqsAction action) => _requests.Add(1, new KeyValuePair<string, object?>("action", action.ToString()));

    public void Refused(AwsError error) => _refused.Add(1, new KeyValuePair<string, object?>("code", error.Code));

    /// <summary>Receives that wait now.</summary>
    public long Waiting => Interlocked.Read(ref _waiting);

    public void BeginWait() => Interlocked.Increment(ref _waiting);

    public void EndWait() => Interlocked.Decrement(ref _waiting);

    public void Dispose() => _meter.Dispose();
}

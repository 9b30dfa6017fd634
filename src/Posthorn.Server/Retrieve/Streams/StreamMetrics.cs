using System.Diagnostics.Metrics;
using Posthorn.Server.Operate.Metrics;

namespace Posthorn.Server.Retrieve.Streams;

/// <summary>What streams count.</summary>
internal sealed class StreamMetrics : IDisposable
{
    private readonly Meter _meter = new(ServerMeter.Name);
    private readonly Counter<long> _pushed;
    private readonly Counter<long> _settled;
    private long _open;

    public StreamMetrics()
    {
        _pushed = _meter.CreateCounter<long>("posthorn.streams.pushed", "{message}", "Messages that were sent to clients of streams.");
        _settled = _meter.CreateCounter<long>("posthorn.streams.settled", "{message}", "Messages that clients settled through streams, by outcome.");
        _meter.CreateObservableUpDownCounter("posthorn.streams.open", () => Open, "{stream}", "Streams that are open.");
    }

    /// <summary>Streams that are open now.</summary>
    public long Open => Interlocked.Read(ref _open);

    public void Pushed() => _pushed.Add(1);

    public void Settled(string outcome) => _settled.Add(1, new KeyValuePair<string, object?>("outcome", outcome));

    /// <summary>Counts one more, unless there are as many as there may be.</summary>
    public bool TryOpen(int max)
    {
        if (Interlocked.Increment(ref _open) <= max)
            return true;
        Close();
        return false;
    }

    public void Close() => Interlocked.Decrement(ref _open);

    public void Dispose() => _meter.Dispose();
}

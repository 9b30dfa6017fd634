using System.Diagnostics.Metrics;
using Posthorn.Engine;
using Posthorn.Messages;
using Posthorn.Queues;

namespace Posthorn.PostgreSql;

/// <summary>The engine's figures on the meter <c>Posthorn</c>, under the names that the journal's have too.</summary>
/// <remarks>The framework keeps every meter that was not disposed: so the gauges must not hold the engine.</remarks>
internal sealed class EngineMetrics : IDisposable
{
    private readonly Meter _meter = new("Posthorn");
    private readonly Histogram<double> _duration;
    private readonly Counter<long> _added;
    private readonly Counter<long> _removed;
    private readonly Counter<long> _leased;

    public EngineMetrics(PostgresEngine engine)
    {
        _duration = _meter.CreateHistogram<double>("posthorn.journal.commit.duration", "s", "How long callers waited until their commits were on stable storage.");
        _added = _meter.CreateCounter<long>("posthorn.messages.added", "{message}", "Messages that came into a queue.");
        _removed = _meter.CreateCounter<long>("posthorn.messages.removed", "{message}", "Messages that left a queue.");
        _leased = _meter.CreateCounter<long>("posthorn.messages.leased", "{message}", "Messages handed to a consumer.");
        var observed = new WeakReference<PostgresEngine>(engine);
        _meter.CreateObservableGauge("posthorn.queue.messages", () => QueuesOf(observed).SelectMany(ByState), "{message}", "Messages by queue and state.");
        _meter.CreateObservableGauge("posthorn.queue.size", () => QueuesOf(observed).Select(queue => Of(queue.Bytes, queue.Name)), "By", "Bytes of content by queue.");
    }

    public void Committed(TimeSpan duration) => _duration.Record(duration.TotalSeconds);

    public void Moved(QueueName queue, int added, int removed)
    {
        if (added > 0)
            _added.Add(added, Tag(queue));
        if (removed > 0)
            _removed.Add(removed, Tag(queue));
    }

    public void Leased(QueueName queue, int count) => _leased.Add(count, Tag(queue));

    public void Dispose() => _meter.Dispose();

    private static IReadOnlyList<QueueStatus> QueuesOf(WeakReference<PostgresEngine> observed)
    {
        try
        {
            return observed.TryGetTarget(out var engine) ? engine.Queues() : [];
        }
        catch (Exception e) when (e is EngineUnavailableException or ObjectDisposedException)
        {
            return []; // nothing is better than an old figure
        }
    }

    private static IEnumerable<Measurement<long>> ByState(QueueStatus queue) =>
    [
        Of(queue.Ready, queue.Name, MessageState.Ready),
        Of(queue.Delayed, queue.Name, MessageState.Delayed),
        Of(queue.Leased, queue.Name, MessageState.Leased),
        Of(queue.Held, queue.Name, MessageState.Held),
        Of(queue.Consumed, queue.Name, MessageState.Consumed),
    ];

    private static Measurement<long> Of(long value, QueueName queue) => new(value, Tag(queue));

    private static Measurement<long> Of(long value, QueueName queue, MessageState state) =>
        new(value, Tag(queue), new KeyValuePair<string, object?>("state", state.ToString().ToLowerInvariant()));

    private static KeyValuePair<string, object?> Tag(QueueName queue) => new("queue", queue.Value);
}

using System.Diagnostics.Metrics;
using Posthorn.Messages;
using Posthorn.Queues;
using Posthorn.Sharding;

namespace Posthorn.Engine;

/// <summary>The figures that every engine has, on the meter <c>Posthorn</c>.</summary>
/// <remarks>
/// The framework keeps every meter that was not disposed: so the gauges must not hold the engine, or one that was dropped without being closed
/// would stay in memory with all its messages.
/// </remarks>
internal class EngineMetrics : IDisposable
{
    private readonly Histogram<double> _duration;
    private readonly Counter<long> _added;
    private readonly Counter<long> _removed;
    private readonly Counter<long> _leased;

    public EngineMetrics(IEngine engine)
    {
        _duration = Meter.CreateHistogram<double>("posthorn.journal.commit.duration", "s", "How long callers waited until their commits were on stable storage.");
        _added = Meter.CreateCounter<long>("posthorn.messages.added", "{message}", "Messages that came into a queue.");
        _removed = Meter.CreateCounter<long>("posthorn.messages.removed", "{message}", "Messages that left a queue.");
        _leased = Meter.CreateCounter<long>("posthorn.messages.leased", "{message}", "Messages handed to a consumer.");
        var observed = Observed = new WeakReference<IEngine>(engine);
        Meter.CreateObservableGauge("posthorn.queue.messages", () => QueuesOf(observed).SelectMany(ByState), "{message}", "Messages by queue and state.");
        Meter.CreateObservableGauge("posthorn.queue.size", () => QueuesOf(observed).Select(queue => Of(queue.Bytes, queue.Name)), "By", "Bytes of content by queue.");
    }

#pragma warning disable MA0055 // Nobody else can dispose the meter of an engine that was dropped.
    ~EngineMetrics() => Meter.Dispose();
#pragma warning restore MA0055

    /// <summary>Whether anybody wants to know how long commits take; otherwise no clock need be read for it.</summary>
    public bool TimesCommits => _duration.Enabled;

    protected Meter Meter { get; } = new("Posthorn");

    /// <summary>The engine, for gauges.</summary>
    protected WeakReference<IEngine> Observed { get; }

    public void Committed(TimeSpan duration) => _duration.Record(duration.TotalSeconds);

    public void Added(QueueName queue, int count) => Count(_added, queue, count);

    public void Removed(QueueName queue, int count) => Count(_removed, queue, count);

    public void Leased(QueueName queue, int count) => Count(_leased, queue, count);

    public void Dispose()
    {
        Meter.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>The engine's queues, but those that only shards know of: each shard has some of the same names. None when it is dropped, closed or away: no figure is better than an old one.</summary>
    protected static IReadOnlyList<QueueStatus> QueuesOf(WeakReference<IEngine> observed)
    {
        try
        {
            return observed.TryGetTarget(out var engine) ? [.. engine.Queues().Where(q => !BetweenQueues.Has(q.Name))] : [];
        }
        catch (Exception e) when (e is EngineUnavailableException or ObjectDisposedException)
        {
            return [];
        }
    }

    protected static Measurement<long> Of(long value, QueueName queue) => new(value, Tag(queue));

    protected static KeyValuePair<string, object?> Tag(QueueName queue) => new("queue", queue.Value);

    private static void Count(Counter<long> counter, QueueName queue, int count)
    {
        if (count > 0 && counter.Enabled && !BetweenQueues.Has(queue))
            counter.Add(count, Tag(queue));
    }

    private static IEnumerable<Measurement<long>> ByState(QueueStatus queue) =>
    [
        Of(queue.Ready, queue.Name, MessageState.Ready),
        Of(queue.Delayed, queue.Name, MessageState.Delayed),
        Of(queue.Leased, queue.Name, MessageState.Leased),
        Of(queue.Held, queue.Name, MessageState.Held),
        Of(queue.Consumed, queue.Name, MessageState.Consumed),
    ];

    private static Measurement<long> Of(long value, QueueName queue, MessageState state) =>
        new(value, Tag(queue), new KeyValuePair<string, object?>("state", state.ToString().ToLowerInvariant()));
}

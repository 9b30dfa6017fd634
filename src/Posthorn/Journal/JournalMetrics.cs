using System.Diagnostics.Metrics;
using Posthorn.Messages;
using Posthorn.Queues;

namespace Posthorn.Journal;

/// <summary>The engine's figures on the meter <c>Posthorn</c>.</summary>
/// <remarks>
/// The framework keeps every meter that was not disposed: so the gauges must not hold the engine, or one that was dropped without being closed
/// would stay in memory with all its messages.
/// </remarks>
internal sealed class JournalMetrics : IDisposable
{
    private readonly Meter _meter = new("Posthorn");
    private readonly Counter<long> _commits;
    private readonly Counter<long> _bytes;
    private readonly Histogram<double> _duration;
    private readonly Histogram<double> _sync;
    private readonly Histogram<int> _batch;
    private readonly Counter<long> _added;
    private readonly Counter<long> _removed;
    private readonly Counter<long> _leased;

    public JournalMetrics(JournalEngine engine)
    {
        _commits = _meter.CreateCounter<long>("posthorn.journal.commits", "{commit}", "Commits on stable storage.");
        _bytes = _meter.CreateCounter<long>("posthorn.journal.written", "By", "Bytes of records written.");
        _duration = _meter.CreateHistogram<double>("posthorn.journal.commit.duration", "s", "How long callers waited until their commits were on stable storage.");
        _sync = _meter.CreateHistogram<double>("posthorn.journal.sync.duration", "s", "How long putting a batch on stable storage took.");
        _batch = _meter.CreateHistogram<int>("posthorn.journal.batch.commits", "{commit}", "Commits put on disk together.");
        _added = _meter.CreateCounter<long>("posthorn.messages.added", "{message}", "Messages that came into a queue.");
        _removed = _meter.CreateCounter<long>("posthorn.messages.removed", "{message}", "Messages that left a queue.");
        _leased = _meter.CreateCounter<long>("posthorn.messages.leased", "{message}", "Messages handed to a consumer.");
        var observed = new WeakReference<JournalEngine>(engine);
        _meter.CreateObservableGauge("posthorn.queue.messages", () => QueuesOf(observed).SelectMany(ByState), "{message}", "Messages by queue and state.");
        _meter.CreateObservableGauge("posthorn.queue.delayed_lane.messages", () => QueuesOf(observed).Select(queue => Of(queue.Lanes.Delayed, queue.Name)), "{message}", "Ready messages in the delayed lane by queue.");
        _meter.CreateObservableGauge("posthorn.queue.noisy_tenants", () => QueuesOf(observed).Select(queue => Of(queue.Lanes.NoisyTenants, queue.Name)), "{tenant}", "Tenants that take more than their share while others wait, by queue.");
        _meter.CreateObservableCounter("posthorn.queue.lane.receives", () => QueuesOf(observed).SelectMany(ByLane), "{message}", "Messages handed out by queue and lane, of queues that have two.");
        _meter.CreateObservableGauge("posthorn.queue.size", () => QueuesOf(observed).Select(queue => Of(queue.Bytes, queue.Name)), "By", "Bytes of content by queue.");
    }

#pragma warning disable MA0055 // Nobody else can dispose the meter of an engine that was dropped.
    ~JournalMetrics() => _meter.Dispose();
#pragma warning restore MA0055

    public void Wrote(int commits, int bytes)
    {
        _commits.Add(commits);
        _bytes.Add(bytes);
        _batch.Record(commits);
    }

    /// <summary>Whether anybody wants to know how long commits take; otherwise no clock is read for it.</summary>
    public bool TimesCommits => _duration.Enabled;

    public void Committed(TimeSpan duration) => _duration.Record(duration.TotalSeconds);

    public void Synced(TimeSpan duration) => _sync.Record(duration.TotalSeconds);

    public void Moved(QueueName? from, QueueName? to)
    {
        if (from is { } left && _removed.Enabled)
            _removed.Add(1, Tag(left));
        if (to is { } entered && _added.Enabled)
            _added.Add(1, Tag(entered));
    }

    public void Leased(QueueName queue, int count)
    {
        if (_leased.Enabled)
            _leased.Add(count, Tag(queue));
    }

    public void Dispose()
    {
        _meter.Dispose();
        GC.SuppressFinalize(this);
    }

    private static IReadOnlyList<QueueStatus> QueuesOf(WeakReference<JournalEngine> observed) => observed.TryGetTarget(out var engine) ? engine.Queues() : [];

    private static IEnumerable<Measurement<long>> ByState(QueueStatus queue) =>
    [
        Of(queue.Ready, queue.Name, MessageState.Ready),
        Of(queue.Delayed, queue.Name, MessageState.Delayed),
        Of(queue.Leased, queue.Name, MessageState.Leased),
        Of(queue.Held, queue.Name, MessageState.Held),
        Of(queue.Consumed, queue.Name, MessageState.Consumed),
    ];

    private static IEnumerable<Measurement<long>> ByLane(QueueStatus queue) => queue.Lanes.PriorityReceives + queue.Lanes.DelayedReceives == 0 ? [] :
    [
        new(queue.Lanes.PriorityReceives, Tag(queue.Name), new KeyValuePair<string, object?>("lane", "priority")),
        new(queue.Lanes.DelayedReceives, Tag(queue.Name), new KeyValuePair<string, object?>("lane", "delayed")),
    ];

    private static Measurement<long> Of(long value, QueueName queue) => new(value, Tag(queue));

    private static Measurement<long> Of(long value, QueueName queue, MessageState state) =>
        new(value, Tag(queue), new KeyValuePair<string, object?>("state", state.ToString().ToLowerInvariant()));

    private static KeyValuePair<string, object?> Tag(QueueName queue) => new("queue", queue.Value);
}

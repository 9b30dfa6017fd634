using System.Diagnostics.Metrics;
using Posthorn.Engine;
using Posthorn.Queues;

namespace Posthorn.Journal;

/// <summary>The journal's figures: to those of every engine what batches and syncs cost, and how many messages are in which lane.</summary>
internal sealed class JournalMetrics : EngineMetrics
{
    private readonly Counter<long> _commits;
    private readonly Counter<long> _bytes;
    private readonly Histogram<double> _sync;
    private readonly Histogram<int> _batch;

    public JournalMetrics(JournalEngine engine)
        : base(engine)
    {
        _commits = Meter.CreateCounter<long>("posthorn.journal.commits", "{commit}", "Commits on stable storage.");
        _bytes = Meter.CreateCounter<long>("posthorn.journal.written", "By", "Bytes of records written.");
        _sync = Meter.CreateHistogram<double>("posthorn.journal.sync.duration", "s", "How long putting a batch on stable storage took.");
        _batch = Meter.CreateHistogram<int>("posthorn.journal.batch.commits", "{commit}", "Commits put on disk together.");
        var observed = Observed; // not this: the meter would hold it, and nothing end the meter of an engine that was dropped
        Meter.CreateObservableGauge("posthorn.queue.delayed_lane.messages", () => QueuesOf(observed).Select(queue => Of(queue.Lanes.Delayed, queue.Name)), "{message}", "Ready messages in the delayed lane by queue.");
        Meter.CreateObservableGauge("posthorn.queue.noisy_tenants", () => QueuesOf(observed).Select(queue => Of(queue.Lanes.NoisyTenants, queue.Name)), "{tenant}", "Tenants that take more than their share while others wait, by queue.");
        Meter.CreateObservableCounter("posthorn.queue.lane.receives", () => QueuesOf(observed).SelectMany(ByLane), "{message}", "Messages handed out by queue and lane, of queues that have two.");
    }

    public void Wrote(int commits, int bytes)
    {
        _commits.Add(commits);
        _bytes.Add(bytes);
        _batch.Record(commits);
    }

    public void Synced(TimeSpan duration) => _sync.Record(duration.TotalSeconds);

    public void Moved(QueueName? from, QueueName? to)
    {
        if (from is { } left)
            Removed(left, 1);
        if (to is { } entered)
            Added(entered, 1);
    }

    private static IEnumerable<Measurement<long>> ByLane(QueueStatus queue) => queue.Lanes.PriorityReceives + queue.Lanes.DelayedReceives == 0 ? [] :
    [
        new(queue.Lanes.PriorityReceives, Tag(queue.Name), new KeyValuePair<string, object?>("lane", "priority")),
        new(queue.Lanes.DelayedReceives, Tag(queue.Name), new KeyValuePair<string, object?>("lane", "delayed")),
    ];
}

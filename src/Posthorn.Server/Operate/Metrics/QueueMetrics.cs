using Posthorn.Engine;
using Posthorn.Queues;
using Posthorn.Server.Spool;

namespace Posthorn.Server.Operate.Metrics;

/// <summary>The figures of the queues and of the engine, read when they are asked for.</summary>
internal static class QueueMetrics
{
    /// <summary>Queues shown one by one: the spool's, then those that hold most. The others are added up under <see cref="Others"/>.</summary>
    public const int QueuesMax = 500;

    /// <summary>What the names of all figures by queue begin with.</summary>
    public const string Prefix = "posthorn_queue_";

    public const string Others = "(others)";

    public static void Write(PrometheusText text, IEngine engine, DateTimeOffset now)
    {
        var all = QueuesOf(engine).OrderByDescending(q => q.Name.IsBelow(SpoolQueues.Prefix)).ThenByDescending(q => q.Messages).ThenBy(q => q.Name).ToList();
        var rows = all.Take(QueuesMax).OrderBy(q => q.Name).Select(q => new Row(q.Name, q.Ready, q.Delayed, q.Leased, q.Held, q.Bytes, q.OldestEnqueuedAt, LanesOf(q))).ToList();
        if (all.Count > QueuesMax)
            rows.Add(Row.SumOf(all[QueuesMax..]));

        text.Family("posthorn_queue_messages", MetricKind.Gauge, "Messages by queue and state.");
        foreach (var row in rows)
        {
            text.Sample("posthorn_queue_messages", row.Ready, ("queue", row.Name), ("state", "ready"));
            text.Sample("posthorn_queue_messages", row.Delayed, ("queue", row.Name), ("state", "delayed"));
            text.Sample("posthorn_queue_messages", row.Leased, ("queue", row.Name), ("state", "leased"));
            text.Sample("posthorn_queue_messages", row.Held, ("queue", row.Name), ("state", "held"));
        }

        text.Family("posthorn_queue_bytes", MetricKind.Gauge, "Bytes of content by queue; a body shared by several messages counts in each.");
        foreach (var row in rows)
            text.Sample("posthorn_queue_bytes", row.Bytes, ("queue", row.Name));

        text.Family("posthorn_queue_oldest_seconds", MetricKind.Gauge, "Time since the oldest message came into the queue; 0 when it is empty.");
        foreach (var row in rows)
            text.Sample("posthorn_queue_oldest_seconds", row.OldestAt is { } at ? Math.Max(0, (now - at).TotalSeconds) : 0, ("queue", row.Name));

        WriteLanes(text, rows, now);
        var health = engine.Health;
        text.Family("posthorn_engine_state", MetricKind.Gauge, "1 for the state the engine is in.");
        foreach (var state in Enum.GetValues<EngineState>())
            text.Sample("posthorn_engine_state", state == health.State ? 1 : 0, ("state", state.ToString().ToLowerInvariant()));
        text.Family("posthorn_engine_free_bytes", MetricKind.Gauge, "Free space where the engine writes.");
        text.Sample("posthorn_engine_free_bytes", health.FreeBytes);
    }

    /// <summary>None while the engine cannot be reached: no figure is better than an old one.</summary>
    private static IReadOnlyList<QueueStatus> QueuesOf(IEngine engine)
    {
        try
        {
            return engine.Queues();
        }
        catch (EngineUnavailableException)
        {
            return [];
        }
    }

    /// <summary>The lanes of queues that have two: what Amazon's fair queues tell of noisy and quiet groups.</summary>
    private static void WriteLanes(PrometheusText text, IEnumerable<Row> rows, DateTimeOffset now)
    {
        var fair = rows.Where(row => row.Lanes is not null).Select(row => (row.Name, Lanes: row.Lanes!)).ToList();
        if (fair.Count == 0)
            return;
        void Write(string name, MetricKind kind, string help, Action<string, LaneFigures> sample)
        {
            text.Family(name, kind, help);
            foreach (var (queue, lanes) in fair)
                sample(queue, lanes);
        }
        void Gauge(string name, string help, Func<LaneFigures, double> value) =>
            Write(name, MetricKind.Gauge, help, (queue, lanes) => text.Sample(name, value(lanes), ("queue", queue)));
        Gauge("posthorn_queue_delayed_lane_messages", "Ready messages in the delayed lane: of noisy tenants, and of groups that a consumer has deferred.", lanes => lanes.Delayed);
        Gauge("posthorn_queue_delayed_lane_oldest_seconds", "Time since the oldest message of the delayed lane came into the queue; 0 when it is empty.",
            lanes => lanes.OldestDelayedAt is { } at ? Math.Max(0, (now - at).TotalSeconds) : 0);
        Gauge("posthorn_queue_noisy_tenants", "Tenants that take more than their share while others wait.", lanes => lanes.NoisyTenants);
        Gauge("posthorn_queue_deferred_groups", "Groups that a consumer has put aside for a time.", lanes => lanes.DeferredGroups);
        Gauge("posthorn_queue_noisy_leased_messages", "Messages of noisy tenants that consumers hold.", lanes => lanes.LeasedByNoisy);
        const string receives = "posthorn_queue_lane_receives_total";
        Write(receives, MetricKind.Counter, "Messages handed out from each lane.", (queue, lanes) =>
        {
            text.Sample(receives, lanes.PriorityReceives, ("queue", queue), ("lane", "priority"));
            text.Sample(receives, lanes.DelayedReceives, ("queue", queue), ("lane", "delayed"));
        });
    }

    private static LaneFigures? LanesOf(QueueStatus queue) => queue.Policy.Fairness is null && queue.Lanes == LaneFigures.None ? null : queue.Lanes;

    private sealed record Row(string Name, long Ready, long Delayed, long Leased, long Held, long Bytes, DateTimeOffset? OldestAt, LaneFigures? Lanes)
    {
        public static Row SumOf(List<QueueStatus> queues) => new(
            Others, queues.Sum(q => q.Ready), queues.Sum(q => q.Delayed), queues.Sum(q => q.Leased), queues.Sum(q => q.Held), queues.Sum(q => q.Bytes),
            queues.Min(q => q.OldestEnqueuedAt), SumOf([.. queues.Select(LanesOf).OfType<LaneFigures>()]));

        private static LaneFigures? SumOf(IReadOnlyList<LaneFigures> lanes) => lanes.Count == 0 ? null : new LaneFigures(
            lanes.Sum(l => l.Delayed), lanes.Min(l => l.OldestDelayedAt), lanes.Sum(l => l.NoisyTenants), lanes.Sum(l => l.DeferredGroups),
            lanes.Sum(l => l.LeasedByNoisy), lanes.Sum(l => l.PriorityReceives), lanes.Sum(l => l.DelayedReceives));
    }
}

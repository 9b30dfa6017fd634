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
        var all = engine.Queues().OrderByDescending(q => q.Name.IsBelow(SpoolQueues.Prefix)).ThenByDescending(q => q.Messages).ThenBy(q => q.Name).ToList();
        var rows = all.Take(QueuesMax).OrderBy(q => q.Name).Select(q => new Row(q.Name, q.Ready, q.Delayed, q.Leased, q.Held, q.Bytes, q.OldestEnqueuedAt)).ToList();
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

        var health = engine.Health;
        text.Family("posthorn_engine_state", MetricKind.Gauge, "1 for the state the engine is in.");
        foreach (var state in Enum.GetValues<EngineState>())
            text.Sample("posthorn_engine_state", state == health.State ? 1 : 0, ("state", state.ToString().ToLowerInvariant()));
        text.Family("posthorn_engine_free_bytes", MetricKind.Gauge, "Free space where the engine writes.");
        text.Sample("posthorn_engine_free_bytes", health.FreeBytes);
    }

    private sealed record Row(string Name, long Ready, long Delayed, long Leased, long Held, long Bytes, DateTimeOffset? OldestAt)
    {
        public static Row SumOf(List<QueueStatus> queues) => new(
            Others, queues.Sum(q => q.Ready), queues.Sum(q => q.Delayed), queues.Sum(q => q.Leased), queues.Sum(q => q.Held), queues.Sum(q => q.Bytes),
            queues.Min(q => q.OldestEnqueuedAt));
    }
}

using System.Diagnostics.Metrics;
using Posthorn.Queues;

namespace Posthorn.Embedded.Telemetry;

/// <summary>What consumers in this process do, on the meter <c>Posthorn</c>, beside the engine's own figures.</summary>
internal static class QueueMetrics
{
    private static readonly Meter Meter = new("Posthorn", MessageActivity.Version);
    private static readonly Counter<long> Processed = Meter.CreateCounter<long>("posthorn.messages.processed", "{message}", "Messages whose handler succeeded.");
    private static readonly Counter<long> FailedAttempts = Meter.CreateCounter<long>("posthorn.messages.failed", "{message}", "Handlers that failed, by what became of the message.");
    private static readonly Counter<long> LostLeases = Meter.CreateCounter<long>("posthorn.leases.lost", "{lease}", "Leases that ended before their message was settled.");
    private static readonly UpDownCounter<long> InFlight = Meter.CreateUpDownCounter<long>("posthorn.messages.in_flight", "{message}", "Messages in consumers' hands.");
    private static readonly Histogram<double> Duration = Meter.CreateHistogram<double>("posthorn.process.duration", "s", "How long handlers took.");

    public static void Took(QueueName queue) => InFlight.Add(1, Tag(queue));

    public static void Ended(QueueName queue, bool isLost)
    {
        InFlight.Add(-1, Tag(queue));
        if (isLost)
            LostLeases.Add(1, Tag(queue));
    }

    public static void Succeeded(QueueName queue, TimeSpan duration)
    {
        Processed.Add(1, Tag(queue));
        Duration.Record(duration.TotalSeconds, Tag(queue));
    }

    /// <param name="queue">Where the message was received.</param>
    /// <param name="outcome"><c>retry</c>, <c>dead_letter</c>, <c>lease_lost</c>, <c>settled</c> or <c>not_settled</c>.</param>
    /// <param name="error">The failure's type.</param>
    /// <param name="duration">How long the handler took.</param>
    public static void Failed(QueueName queue, string outcome, string error, TimeSpan duration)
    {
        FailedAttempts.Add(1, Tag(queue), new("outcome", outcome), new("error.type", error));
        Duration.Record(duration.TotalSeconds, Tag(queue), new("error.type", error));
    }

    private static KeyValuePair<string, object?> Tag(QueueName queue) => new("queue", queue.Value);
}

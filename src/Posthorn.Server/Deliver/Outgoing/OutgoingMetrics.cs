using System.Diagnostics.Metrics;
using Posthorn.Server.Operate.Metrics;

namespace Posthorn.Server.Deliver.Outgoing;

/// <summary>What outgoing mail counts and measures.</summary>
internal static class OutgoingMetrics
{
    /// <summary>By <c>outcome</c>: delivered, deferred, failed.</summary>
    public static Counter<long> Attempts { get; } =
        ServerMeter.Instance.CreateCounter<long>("posthorn_outgoing_recipients_total", description: "Recipients by the outcome of their delivery attempts.");

    public static Histogram<double> Latency { get; } =
        ServerMeter.Instance.CreateHistogram<double>("posthorn_outgoing_latency_seconds", "s", "Time from acceptance to the delivery to another host.");

    public static UpDownCounter<long> Connections { get; } =
        ServerMeter.Instance.CreateUpDownCounter<long>("posthorn_outgoing_connections", description: "Connections to other hosts that are open.");

    public static Counter<long> InDoubt { get; } =
        ServerMeter.Instance.CreateCounter<long>("posthorn_outgoing_in_doubt_total", description: "Mails whose connection was lost after their content and before the reply: they may arrive twice.");

    public static Counter<long> Unsettled { get; } =
        ServerMeter.Instance.CreateCounter<long>("posthorn_outgoing_unsettled_total", description: "Attempts whose result could not be recorded because the lease had ended.");

    public static KeyValuePair<string, object?> Outcome(string outcome) => new("outcome", outcome);
}

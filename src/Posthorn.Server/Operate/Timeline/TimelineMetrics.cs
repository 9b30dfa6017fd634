using System.Diagnostics.Metrics;
using Posthorn.Server.Operate.Metrics;

namespace Posthorn.Server.Operate.Timeline;

/// <summary>What the timeline counts.</summary>
internal static class TimelineMetrics
{
    public static Counter<long> Events { get; } =
        ServerMeter.Instance.CreateCounter<long>("posthorn_timeline_events_total", description: "Timeline events written.");

    public static Counter<long> Dropped { get; } =
        ServerMeter.Instance.CreateCounter<long>("posthorn_timeline_dropped_total", description: "Timeline events lost because they could not be written in time or at all.");
}

using System.Diagnostics.Metrics;
using Posthorn.Engine;

namespace Posthorn.Sharding;

/// <summary>The figures of each shard, by its name, on the meter <c>Posthorn</c>. What queues hold the shards' engines tell themselves: a queue is in one of them.</summary>
/// <remarks>The framework keeps every meter that was not disposed: so the gauges hold the shards weakly, as those of <see cref="EngineMetrics"/> do.</remarks>
internal sealed class ShardMetrics : IDisposable
{
    private readonly Meter _meter = new("Posthorn");

    public ShardMetrics(ShardMap map)
    {
        var observed = new WeakReference<ShardMap>(map);
        _meter.CreateObservableGauge("posthorn.shard.up", () => Of(observed, link => link.Fault is null ? 1 : 0), "{shard}", "1 while a shard answers, 0 while it is away.");
        _meter.CreateObservableGauge(
            "posthorn.shard.pending", () => Of(observed, Pending), "{message}", "What was decided in a shard and is still to happen in others, or to be taken out there; a shard that is away is left out.");
    }

#pragma warning disable MA0055 // Nobody else can dispose the meter of an engine that was dropped.
    ~ShardMetrics() => _meter.Dispose();
#pragma warning restore MA0055

    public void Dispose()
    {
        _meter.Dispose();
        GC.SuppressFinalize(this);
    }

    private static List<Measurement<long>> Of(WeakReference<ShardMap> observed, Func<ShardLink, long?> figure) =>
    [
        .. observed.TryGetTarget(out var map) ? map.Links.Select(link => (link.Name, Value: figure(link))).Where(f => f.Value is not null)
            .Select(f => new Measurement<long>(f.Value!.Value, new KeyValuePair<string, object?>("shard", f.Name))) : [],
    ];

    private static long? Pending(ShardLink link)
    {
        try
        {
            return link.Look(e => e.Status(BetweenQueues.Outbox))?.Messages;
        }
        catch (Exception e) when (e is EngineUnavailableException or ObjectDisposedException)
        {
            return null;
        }
    }
}

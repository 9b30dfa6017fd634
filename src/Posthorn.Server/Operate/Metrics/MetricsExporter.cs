using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Posthorn.Clustering;
using Posthorn.Engine;

namespace Posthorn.Server.Operate.Metrics;

/// <summary>
/// Gathers what the instruments of the meters <c>Posthorn</c> and <c>Posthorn.Server</c> measure, from its start on, and writes it with the
/// figures of the queues as Prometheus text. Whatever instrument is made under these meters is exported; there is no list to keep.
/// </summary>
public sealed class MetricsExporter : IDisposable
{
    // From a sync of a fast disk to a mail that waited for days.
    private static readonly double[] s_seconds =
        [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800, 7_200, 43_200, 86_400];

    private static readonly double[] s_bytes = [1 << 10, 4 << 10, 16 << 10, 64 << 10, 256 << 10, 1 << 20, 4 << 20, 16 << 20, 64 << 20, 256 << 20];

    private static readonly double[] s_counts = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000];

    /// <summary>What operators' rules and dashboards rely on, whatever part measures it.</summary>
    private static readonly Dictionary<string, string> s_publishedNames = new(StringComparer.Ordinal)
    {
        ["posthorn_smtp_accepted_total"] = "posthorn_accepted_total",
        ["posthorn_smtp_connections"] = "posthorn_connections",
        ["posthorn_outgoing_recipients_total"] = "posthorn_attempts_total",
        ["posthorn_outgoing_latency_seconds"] = "posthorn_delivery_seconds",
        ["posthorn_journal_commits_total"] = "posthorn_commits_total",
        ["posthorn_journal_sync_duration_seconds"] = "posthorn_sync_seconds",
    };

    private readonly ConcurrentDictionary<string, MetricFamily> _families = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, MetricFamily> _observed = new(StringComparer.Ordinal);
    private readonly Lock _scraping = new(); // one scrape at a time: the observed gauges are asked anew for each
    private readonly IEngine _engine;
    private readonly ICluster _cluster;
    private readonly TimeProvider _time;
    private readonly MeterListener _listener;

    public MetricsExporter(IEngine engine, ICluster cluster, TimeProvider time)
    {
        _engine = engine;
        _cluster = cluster;
        _time = time;
        _listener = new MeterListener { InstrumentPublished = Publish };
        _listener.SetMeasurementEventCallback<byte>((i, v, tags, state) => Measure(state, v, tags));
        _listener.SetMeasurementEventCallback<short>((i, v, tags, state) => Measure(state, v, tags));
        _listener.SetMeasurementEventCallback<int>((i, v, tags, state) => Measure(state, v, tags));
        _listener.SetMeasurementEventCallback<long>((i, v, tags, state) => Measure(state, v, tags));
        _listener.SetMeasurementEventCallback<float>((i, v, tags, state) => Measure(state, v, tags));
        _listener.SetMeasurementEventCallback<double>((i, v, tags, state) => Measure(state, v, tags));
        _listener.SetMeasurementEventCallback<decimal>((i, v, tags, state) => Measure(state, (double)v, tags));
        _listener.Start();
    }

    /// <summary>Everything as text.</summary>
    public string Export()
    {
        var text = new PrometheusText();
        lock (_scraping)
        {
            foreach (var family in _observed.Values)
                family.Clear();
            _listener.RecordObservableInstruments();
            foreach (var family in _families.Values.OrderBy(f => f.Name, StringComparer.Ordinal))
                family.Write(text);
        }

        QueueMetrics.Write(text, _engine, _time.GetUtcNow());
        NodeMetrics.Write(text, _cluster.View);
        ProcessMetrics.Write(text);
        return text.ToString();
    }

    public void Dispose() => _listener.Dispose();

    private void Publish(Instrument instrument, MeterListener listener)
    {
        if (instrument.Meter.Name is not ("Posthorn" or ServerMeter.Name))
            return;
        var type = instrument.GetType().GetGenericTypeDefinition();
        var (kind, way) = type switch
        {
            _ when type == typeof(Counter<>) => (MetricKind.Counter, Way.Add),
            _ when type == typeof(UpDownCounter<>) => (MetricKind.Gauge, Way.Add),
            _ when type == typeof(Histogram<>) => (MetricKind.Histogram, Way.Observe),
            _ when type == typeof(ObservableCounter<>) => (MetricKind.Counter, Way.Set),
            _ => (MetricKind.Gauge, Way.Set),
        };
        var name = NameOf(instrument, kind);
        // The figures by queue are ours to write, for every engine and with their own bound.
        if (name.StartsWith(QueueMetrics.Prefix, StringComparison.Ordinal))
            return;
        var family = _families.GetOrAdd(name, n => new MetricFamily(n, kind, instrument.Description, kind == MetricKind.Histogram ? BoundsOf(instrument, n) : []));
        if (instrument.IsObservable)
            _observed.TryAdd(name, family);
        listener.EnableMeasurementEvents(instrument, new Target(family, way));
    }

    // OpenTelemetry's rules for Prometheus: the unit and "total" end a name that does not have them yet.
    private static string NameOf(Instrument instrument, MetricKind kind)
    {
        var name = PrometheusText.NameOf(instrument.Name);
        var isTotal = name.EndsWith("_total", StringComparison.Ordinal);
        var stem = isTotal ? name[..^"_total".Length] : name;
        var unit = instrument.Unit switch { "s" => "_seconds", "By" => "_bytes", _ => "" };
        if (!stem.EndsWith(unit, StringComparison.Ordinal))
            stem += unit;
        name = isTotal || kind == MetricKind.Counter ? stem + "_total" : stem;
        return s_publishedNames.GetValueOrDefault(name, name);
    }

    private static void Measure(object? state, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var target = (Target)state!;
        var series = target.Family.Series(tags);
        switch (target.Way)
        {
            case Way.Add: series.Add(value); break;
            case Way.Set: series.Set(value); break;
            case Way.Observe: series.Observe(value); break;
            default: throw new InvalidOperationException($"{target.Way} is no way to measure.");
        }
    }

    private static double[] BoundsOf(Instrument instrument, string name) => instrument switch
    {
        Histogram<double> { Advice.HistogramBucketBoundaries: { } given } => [.. given.Order()],
        Histogram<long> { Advice.HistogramBucketBoundaries: { } given } => [.. given.Order().Select(b => (double)b)],
        Histogram<int> { Advice.HistogramBucketBoundaries: { } given } => [.. given.Order().Select(b => (double)b)],
        _ when name.EndsWith("_seconds", StringComparison.Ordinal) => s_seconds,
        _ when name.EndsWith("_bytes", StringComparison.Ordinal) => s_bytes,
        _ => s_counts,
    };

    private enum Way
    {
        Add,
        Set,
        Observe,
    }

    private sealed record Target(MetricFamily Family, Way Way);
}

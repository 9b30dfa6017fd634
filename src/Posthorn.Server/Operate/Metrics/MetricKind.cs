namespace Posthorn.Server.Operate.Metrics;

/// <summary>The kinds of the Prometheus text format that are written.</summary>
internal enum MetricKind
{
    Counter,
    Gauge,
    Histogram,
}

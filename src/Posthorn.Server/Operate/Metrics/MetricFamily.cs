namespace Posthorn.Server.Operate.Metrics;

/// <summary>All series of one metric. What an instrument measures comes here, from any thread.</summary>
/// <remarks>
/// Limits: at most <see cref="SeriesMax"/> sets of labels; whatever a label's value is made of, further ones add up in one series with the label
/// <c>overflow="true"</c>, so that no peer can make memory grow by inventing values.
/// </remarks>
internal sealed class MetricFamily(string name, MetricKind kind, string? help, double[] bounds)
{
    public const int SeriesMax = 200;

    private static readonly KeyValuePair<string, object?>[] s_overflow = [new("overflow", "true")];

    private readonly Lock _lock = new(); // guards growing of _series; readers take the array as it is
    private volatile MetricSeries[] _series = [];

    public string Name { get; } = name;

    public MetricKind Kind { get; } = kind;

    /// <summary>The series of a set of labels. A short array is searched: labels are few, and looking costs no allocation.</summary>
    public MetricSeries Series(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        foreach (var series in _series)
        {
            if (series.IsFor(tags))
                return series;
        }

        return AddSeries(tags);
    }

    /// <summary>Forgets what observable gauges said, before they are asked again: what they no longer name is gone.</summary>
    public void Clear() => _series = [];

    public void Write(PrometheusText text)
    {
        // Named even while nothing was measured, so that it can be told from a metric that does not exist.
        text.Family(Name, Kind, help);
        foreach (var one in _series)
        {
            if (Kind == MetricKind.Histogram)
                WriteHistogram(text, one);
            else
                text.Sample(Name, one.Value, one.Labels);
        }
    }

    private void WriteHistogram(PrometheusText text, MetricSeries series)
    {
        var cumulative = series.Cumulative();
        for (var i = 0; i < cumulative.Length; i++)
            text.Sample(Name + "_bucket", cumulative[i], [.. series.Labels, ("le", PrometheusText.Number(i < bounds.Length ? bounds[i] : double.PositiveInfinity))]);
        text.Sample(Name + "_sum", series.Value, series.Labels);
        text.Sample(Name + "_count", cumulative[^1], series.Labels);
    }

    private MetricSeries AddSeries(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        lock (_lock)
        {
            foreach (var known in _series)
            {
                if (known.IsFor(tags))
                    return known;
            }

            if (_series.Length >= SeriesMax && !tags.SequenceEqual(s_overflow))
                return _series.Length > SeriesMax ? _series[^1] : Append(s_overflow);
            return Append(tags.ToArray());
        }
    }

    private MetricSeries Append(KeyValuePair<string, object?>[] tags)
    {
        var series = new MetricSeries(tags, bounds);
        _series = [.. _series, series];
        return series;
    }
}

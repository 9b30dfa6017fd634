namespace Posthorn.Server.Operate.Metrics;

/// <summary>One set of label values of a family and what was measured for it. Any thread adds.</summary>
internal sealed class MetricSeries(KeyValuePair<string, object?>[] tags, double[] bounds)
{
    private readonly long[] _buckets = new long[bounds.Length + 1];
    private double _value;

    /// <summary>The labels, ready to be written.</summary>
    public (string Name, string Value)[] Labels { get; } =
        [.. tags.Select(t => (t.Key, Convert.ToString(t.Value, System.Globalization.CultureInfo.InvariantCulture) ?? ""))];

    /// <summary>Of a counter the total, of a gauge the value, of a histogram the sum.</summary>
    public double Value => Volatile.Read(ref _value);

    public bool IsFor(ReadOnlySpan<KeyValuePair<string, object?>> others)
    {
        if (others.Length != tags.Length)
            return false;
        for (var i = 0; i < tags.Length; i++)
        {
            if (!string.Equals(tags[i].Key, others[i].Key, StringComparison.Ordinal) || !Equals(tags[i].Value, others[i].Value))
                return false;
        }

        return true;
    }

    public void Set(double value) => Volatile.Write(ref _value, value);

    public void Add(double amount)
    {
        double before;
        do
        {
            before = Volatile.Read(ref _value);
        }
        while (BitConverter.DoubleToInt64Bits(Interlocked.CompareExchange(ref _value, before + amount, before)) != BitConverter.DoubleToInt64Bits(before));
    }

    public void Observe(double value)
    {
        var bucket = Array.BinarySearch(bounds, value);
        Interlocked.Increment(ref _buckets[bucket < 0 ? ~bucket : bucket]);
        Add(value);
    }

    /// <summary>How many observations were at most each bound, and last how many in all.</summary>
    public long[] Cumulative()
    {
        var sums = new long[_buckets.Length];
        long sum = 0;
        for (var i = 0; i < sums.Length; i++)
            sums[i] = sum += Interlocked.Read(ref _buckets[i]);
        return sums;
    }
}

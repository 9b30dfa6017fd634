namespace Posthorn.Benchmarks.Reports;

/// <summary>What share of the room a bar takes: from nothing to the most, or from the power of ten below the least, by powers.</summary>
internal readonly record struct ChartScale(double Least, double Most, bool IsLogarithmic)
{
    /// <summary>The scale on which all of these can be seen; the spread counts.</summary>
    public static ChartScale Of(IEnumerable<ReportFigure> figures, bool isLogarithmic)
    {
        var all = figures.ToList();
        var most = all.Max(f => f.High);
        if (!isLogarithmic)
            return new ChartScale(0, most > 0 ? most : 1, IsLogarithmic: false);
        // Well below the least, so that the shortest bar is one: what is less than twice a power of ten begins at the power before.
        var least = all.Select(f => f.Low > 0 ? f.Low : f.Value).Where(v => v > 0).Min();
        return new ChartScale(Math.Pow(10, Math.Ceiling(Math.Log10(least / 2)) - 1), most, IsLogarithmic: true);
    }

    /// <summary>0 for the least to 1 for the most; outside of that for what is.</summary>
    public double ShareOf(double value)
    {
        if (!IsLogarithmic)
            return value / Most;
        return value <= Least ? 0 : Math.Log10(value / Least) / Math.Log10(Most / Least);
    }

    /// <summary>The powers of ten on the scale, the least first.</summary>
    public IEnumerable<double> Powers()
    {
        for (var power = Least; power <= Most * 1.000_001; power *= 10)
            yield return power;
    }
}

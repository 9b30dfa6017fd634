namespace Posthorn.Benchmarks.Reports;

/// <summary>A bar on a chart.</summary>
/// <param name="Bar">What it shows.</param>
/// <param name="Box">Where it is.</param>
/// <param name="Low">Where the least that was measured is, across.</param>
/// <param name="High">Where the most that was measured is, across; equal to <paramref name="Low"/> without a spread.</param>
internal sealed record ChartBar(Bar Bar, ChartBox Box, double Low, double High);

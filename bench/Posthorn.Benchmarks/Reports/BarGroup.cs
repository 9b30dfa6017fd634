namespace Posthorn.Benchmarks.Reports;

/// <summary>Bars that are compared with each other, under one label.</summary>
internal sealed record BarGroup(string Label, IReadOnlyList<Bar> Bars);

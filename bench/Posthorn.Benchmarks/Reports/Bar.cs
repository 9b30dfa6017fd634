namespace Posthorn.Benchmarks.Reports;

/// <summary>A bar.</summary>
/// <param name="Side">Whose it is; stands before it, so that a chart can be read without its colours.</param>
/// <param name="Kind">How it is drawn.</param>
/// <param name="Figure">What it shows.</param>
internal sealed record Bar(string Side, BarKind Kind, ReportFigure Figure);

namespace Posthorn.Benchmarks.Reports;

/// <summary>What a cell of a table says.</summary>
/// <param name="Value">The median, in the table's unit.</param>
/// <param name="Low">The least that was measured; <paramref name="Value"/> when the table does not tell.</param>
/// <param name="High">The most that was measured; <paramref name="Value"/> when the table does not tell.</param>
internal readonly record struct ReportFigure(double Value, double Low, double High);

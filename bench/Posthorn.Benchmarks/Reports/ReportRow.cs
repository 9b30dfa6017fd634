namespace Posthorn.Benchmarks.Reports;

/// <summary>A row of a table.</summary>
/// <param name="Labels">What was measured, a text for each label column.</param>
/// <param name="Figures">A figure for each side, in the table's order; null where the cell has none.</param>
internal sealed record ReportRow(IReadOnlyList<string> Labels, IReadOnlyList<ReportFigure?> Figures)
{
    /// <summary>The labels as one text.</summary>
    public string Label => string.Join(", ", Labels);
}

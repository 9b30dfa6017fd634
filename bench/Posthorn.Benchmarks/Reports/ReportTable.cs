namespace Posthorn.Benchmarks.Reports;

/// <summary>The figures of a Markdown table that have one unit: what is drawn as a chart, and what goals are read from.</summary>
/// <param name="Line">The line of its section behind the table's last one, counted from 0.</param>
/// <param name="LabelNames">Headers of the label columns.</param>
/// <param name="Unit">The unit of all figures as it stands in the headers: <c>/s</c>, <c>MiB</c>; empty when the headers do not tell.</param>
/// <param name="Sides">Whose figures they are: headers of the value columns, without the unit.</param>
/// <param name="Rows">The rows.</param>
internal sealed record ReportTable(int Line, IReadOnlyList<string> LabelNames, string Unit, IReadOnlyList<string> Sides, IReadOnlyList<ReportRow> Rows)
{
    /// <summary>The index of the first side whose name contains a word, whatever its case; -1 when there is none.</summary>
    public int SideWith(string word)
    {
        for (var i = 0; i < Sides.Count; i++)
        {
            if (Sides[i].Contains(word, StringComparison.OrdinalIgnoreCase))
                return i;
        }
        return -1;
    }
}

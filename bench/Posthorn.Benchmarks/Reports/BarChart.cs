using System.Globalization;

namespace Posthorn.Benchmarks.Reports;

/// <summary>A chart of horizontal bars: a group for what was measured, a bar in it for each side.</summary>
/// <param name="Title">What it is about.</param>
/// <param name="Subtitle">What the groups are, and the unit.</param>
/// <param name="Groups">In the table's order.</param>
internal sealed record BarChart(string Title, string Subtitle, IReadOnlyList<BarGroup> Groups)
{
    /// <summary>From this span on a linear bar for the least value would be a few points long, and its differences lost.</summary>
    private const double LinearSpanMax = 100;

    /// <summary>Whether lengths are by powers of ten; the chart says so.</summary>
    public bool IsLogarithmic
    {
        get
        {
            var values = Groups.SelectMany(g => g.Bars).Select(b => b.Figure.Value).Where(v => v > 0).ToList();
            return values.Count > 0 && values.Max() / values.Min() > LinearSpanMax;
        }
    }

    /// <summary>The charts of a table: one for each text of its first label column when it has several, so that a chart compares like with like.</summary>
    public static IEnumerable<BarChart> Of(string title, ReportTable table)
    {
        var isSplit = table.LabelNames.Count > 1;
        foreach (var part in table.Rows.GroupBy(r => isSplit ? r.Labels[0] : "", StringComparer.Ordinal))
        {
            var names = string.Join(", ", table.LabelNames.Skip(isSplit ? 1 : 0));
            var groups = part.Select(r => new BarGroup(Label(r, table, isSplit), Bars(r, table))).Where(g => g.Bars.Count > 0).ToList();
            if (groups.Count > 0)
                yield return new BarChart(title, $"{(isSplit ? $"{part.Key}; by {names}" : names)}{Spell(table.Unit)}", groups);
        }
    }

    /// <summary>A figure as it stands at its bar.</summary>
    public static string Text(double value) => value.ToString(value is >= 100 or 0 ? "N0" : value >= 10 ? "0.#" : "0.##", CultureInfo.InvariantCulture);

    /// <summary>A number alone does not say what it counts: "16" becomes "clients 16".</summary>
    private static string Label(ReportRow row, ReportTable table, bool isSplit) =>
        string.Join(", ", row.Labels.Zip(table.LabelNames).Skip(isSplit ? 1 : 0).Select(l => l.First.All(c => char.IsDigit(c) || c == ',') ? $"{l.Second} {l.First}" : l.First));

    private static List<Bar> Bars(ReportRow row, ReportTable table) =>
        [.. row.Figures.Zip(table.Sides).Where(f => f.First is not null).Select(f => new Bar(f.Second, KindOf(f.Second, table), f.First!.Value))];

    private static BarKind KindOf(string side, ReportTable table)
    {
        if (table.SideWith("posthorn") < 0 || side.Contains("posthorn", StringComparison.OrdinalIgnoreCase))
            return BarKind.Posthorn;
        string[] limits = ["bare", "empty", "limit", "client", "alone"];
        return limits.Any(word => side.Contains(word, StringComparison.OrdinalIgnoreCase)) ? BarKind.Limit : BarKind.Peer;
    }

    private static string Spell(string unit) => unit switch { "" => "", "/s" => "; per second", _ => $"; {unit}" };
}

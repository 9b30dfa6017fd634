namespace Posthorn.Benchmarks.Reports;

/// <summary>What one row of bench/compare printed: its headings, prose and tables, as Markdown.</summary>
/// <param name="Row">The row's name: <c>mail-in</c>.</param>
/// <param name="Lines">All of it from its first heading on, without empty lines at the ends.</param>
internal sealed record ReportSection(string Row, IReadOnlyList<string> Lines)
{
    /// <summary>Its tables, in order.</summary>
    public IReadOnlyList<ReportTable> Tables { get; } = TableReader.Read(Lines);

    /// <summary>The heading above a line, without its number signs.</summary>
    public string HeadingAbove(int line)
    {
        for (var i = Math.Min(line, Lines.Count) - 1; i >= 0; i--)
        {
            if (Lines[i].StartsWith("##", StringComparison.Ordinal))
                return Lines[i].TrimStart('#').Trim();
        }
        return Row;
    }
}

namespace Posthorn.Benchmarks.Reports;

/// <summary>Puts what rows printed into the page, and draws the page's tables.</summary>
internal static class ReportFiles
{
    /// <summary>Draws each table of a page into a folder, <c>ROW-N.svg</c>, in place of all charts that were there.</summary>
    /// <param name="page">The page, read by <see cref="ReportPage"/>'s marks, or what a row printed.</param>
    /// <param name="folder">Where the charts go.</param>
    public static void Draw(string page, string folder)
    {
        var text = File.ReadAllText(page);
        var report = ReportPage.Parse(text);
        if (report.Sections.Count == 0)
            report.Take(Path.GetFileNameWithoutExtension(page), text);
        Empty(folder);
        foreach (var section in report.Sections)
            Draw(section, folder, ".");
    }

    /// <summary>Replaces rows of the page by what they printed now, draws all charts, computes the goals.</summary>
    /// <param name="page">The page; made when it does not exist. Its charts go to the folder of its name beside it, its notes are the file with <c>-notes</c> in its name.</param>
    /// <param name="introduction">A file with what stands first on the page.</param>
    /// <param name="outputs">Rows and the files with what they printed.</param>
    public static void Write(string page, string introduction, IReadOnlyList<(string Row, string File)> outputs)
    {
        var report = ReportPage.Parse(File.Exists(page) ? File.ReadAllText(page) : "");
        foreach (var (row, file) in outputs)
            report.Take(row, File.ReadAllText(file));
        var name = Path.GetFileNameWithoutExtension(page);
        var charts = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(page))!, name);
        Empty(charts);
        var notesPage = $"{name}-notes.md";
        var notes = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(page))!, notesPage);
        var goals = Goals.Report(report.Sections, File.Exists(notes) ? File.ReadAllLines(notes) : [], notesPage, text => Console.Error.WriteLine($"bench: {text}"));
        File.WriteAllText(page, report.Render(File.ReadAllText(introduction), goals, section => Draw(section, charts, name).ToLookup(c => c.Line, c => c.Link)));
    }

    private static void Empty(string folder)
    {
        Directory.CreateDirectory(folder);
        foreach (var old in Directory.EnumerateFiles(folder, "*.svg"))
            File.Delete(old);
    }

    private static List<(int Line, string Link)> Draw(ReportSection section, string folder, string link)
    {
        var links = new List<(int Line, string Link)>();
        foreach (var table in section.Tables)
        {
            foreach (var chart in BarChart.Of(section.HeadingAbove(table.Line), table))
            {
                var file = $"{section.Row}-{links.Count + 1}.svg";
                File.WriteAllText(Path.Combine(folder, file), SvgChart.Draw(chart));
                links.Add((table.Line, $"![{chart.Title}: {chart.Subtitle}]({link}/{file})"));
            }
        }
        return links;
    }
}

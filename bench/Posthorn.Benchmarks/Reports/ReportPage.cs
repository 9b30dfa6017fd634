using System.Text;
using System.Text.RegularExpressions;

namespace Posthorn.Benchmarks.Reports;

/// <summary>
/// The page of all rows: an introduction, then a part a row behind a mark that names it, then the goals. What is read from an older page is kept as it
/// stands until its row is measured again; links to charts are made anew each time.
/// </summary>
internal sealed partial class ReportPage
{
    /// <summary>The order of the page; a row that is not named here comes last.</summary>
    private static readonly string[] s_order = ["mail-in", "relay", "large", "queues", "sqs", "imap", "postgres", "growth", "limit"];

    private const string GoalsMark = "goals";

    private readonly List<ReportSection> _sections = [];

    /// <summary>The measured rows, in the page's order.</summary>
    public IReadOnlyList<ReportSection> Sections => _sections;

    /// <summary>What a machine and its system are, as the last run told.</summary>
    public string Machine { get; private set; } = "";

    /// <summary>Reads a page that <see cref="Render"/> wrote; an empty text is a page without rows.</summary>
    public static ReportPage Parse(string text)
    {
        var page = new ReportPage();
        string? row = null;
        var lines = new List<string>();
        foreach (var line in text.Split('\n'))
        {
            if (Mark().Match(line) is { Success: true } mark)
            {
                page.Keep(row, lines);
                row = mark.Groups["row"].Value;
                lines.Clear();
            }
            else if (row is null && line.StartsWith(MachineStart, StringComparison.Ordinal))
            {
                page.Machine = line[MachineStart.Length..];
            }
            else if (!line.StartsWith("![", StringComparison.Ordinal))
            {
                lines.Add(line);
            }
        }
        page.Keep(row, lines);
        return page;
    }

    /// <summary>Takes in what a row printed: a head that tells of the machine and the run, then its headings and tables.</summary>
    /// <param name="row">The row's name.</param>
    /// <param name="output">All of it.</param>
    /// <exception cref="InvalidDataException">It has no heading or no table: the row measured nothing.</exception>
    public void Take(string row, string output)
    {
        var lines = output.Split('\n');
        var first = Array.FindIndex(lines, l => l.StartsWith("## ", StringComparison.Ordinal));
        if (first < 0 || TableReader.Read(lines[first..]).Count == 0)
            throw new InvalidDataException($"What {row} printed has no heading or no table with figures.");
        var head = lines[..first].Where(l => l.Length > 0 && !l.StartsWith('#')).ToList();
        if (head.Count > 0)
            Machine = head[0];
        var settings = head.Count > 1 ? $"*{string.Join(" ", head.Skip(1))}*" : "";
        _sections.RemoveAll(s => s.Row == row);
        Keep(row, settings.Length > 0 ? [lines[first], "", settings, "", .. lines[(first + 1)..]] : lines[first..]);
    }

    /// <summary>The page as Markdown.</summary>
    /// <param name="introduction">What stands first, with the page's heading.</param>
    /// <param name="goals">The lines under the goals' heading.</param>
    /// <param name="chartsAt">Links to the charts of a section's tables, by the line of the section that the table ends before.</param>
    public string Render(string introduction, IEnumerable<string> goals, Func<ReportSection, ILookup<int, string>> chartsAt)
    {
        var page = new StringBuilder().Append(introduction.Trim()).Append("\n\n").Append(MachineStart).Append(Machine).Append('\n');
        foreach (var section in _sections)
        {
            page.Append($"\n<!-- row {section.Row} -->\n");
            var charts = chartsAt(section);
            for (var i = 0; i <= section.Lines.Count; i++)
            {
                foreach (var chart in charts[i])
                    page.Append('\n').Append(chart).Append('\n');
                if (i < section.Lines.Count)
                    page.Append(section.Lines[i]).Append('\n');
            }
        }
        page.Append($"\n<!-- row {GoalsMark} -->\n");
        foreach (var line in goals)
            page.Append(line).Append('\n');
        return EmptyLines().Replace(page.ToString(), "\n\n");
    }

    private const string MachineStart = "Machine: ";

    private void Keep(string? row, IReadOnlyList<string> lines)
    {
        var text = string.Join('\n', lines.Select(l => l.TrimEnd())).Trim('\n');
        if (row is null or GoalsMark || text.Length == 0)
            return;
        _sections.Add(new ReportSection(row, EmptyLines().Replace(text, "\n\n").Split('\n')));
        _sections.Sort((a, b) => Order(a).CompareTo(Order(b)));
    }

    private static (int, string) Order(ReportSection section) => (Array.IndexOf(s_order, section.Row) is >= 0 and var at ? at : s_order.Length, section.Row);

    [GeneratedRegex("^<!-- row (?<row>[a-z0-9-]+) -->$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1_000)]
    private static partial Regex Mark();

    [GeneratedRegex("\n{3,}", RegexOptions.CultureInvariant, 5_000)]
    private static partial Regex EmptyLines();
}

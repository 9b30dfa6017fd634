using System.Globalization;
using System.Text.RegularExpressions;

namespace Posthorn.Benchmarks.Reports;

/// <summary>Finds in the rows' tables what goals are made of.</summary>
internal sealed partial class GoalFigures(IReadOnlyList<ReportSection> sections)
{
    /// <summary>Sides that are not compared: what they acknowledge is not on the disk by then (NATS as packaged syncs every two minutes), or they are no servers.</summary>
    private static readonly string[] s_notDurable = ["elasticmq", "fauxqs", "memory", "nats", "interval", "alone", "client", "limit", "dummy", "embedded", "in the process"];

    /// <summary>The tables of a row; none when it was not measured.</summary>
    public IEnumerable<ReportTable> Tables(string row) => sections.Where(s => s.Row == row).SelectMany(s => s.Tables);

    /// <summary>Posthorn's figures beside one peer's in the rows that are chosen.</summary>
    /// <param name="row">The row of bench/compare.</param>
    /// <param name="peer">A word of the peer's name.</param>
    /// <param name="isWanted">Of the labels.</param>
    public IEnumerable<(string Label, double Posthorn, double Peer)> Beside(string row, string peer, Func<string, bool> isWanted) =>
        from table in Tables(row)
        let us = table.SideWith("posthorn")
        let them = table.SideWith(peer)
        where us >= 0 && them >= 0 && (table.Unit is "" or "/s" or "MB/s") && !IsOfMemory(table)
        from line in table.Rows
        where isWanted(line.Label) && line.Figures[us] is { Value: > 0 } && line.Figures[them] is { Value: > 0 }
        select (line.Label, line.Figures[us]!.Value.Value, line.Figures[them]!.Value.Value);

    /// <summary>Each of Posthorn's network doors beside the best peer that is durable.</summary>
    public IEnumerable<(string Door, double Posthorn, string Peer, double Best)> BesideBest(string row, Func<string, bool> isWanted)
    {
        foreach (var (table, line) in Tables(row).SelectMany(t => t.Rows.Where(r => isWanted(r.Label)).Select(r => (t, r))))
        {
            var sides = table.Sides.Zip(line.Figures).Where(s => s.Second is { Value: > 0 }).Select(s => (Name: s.First, Rate: s.Second!.Value.Value)).Where(s => !IsOneOf(s.Name, s_notDurable)).ToList();
            var peers = sides.Where(s => !IsOneOf(s.Name, ["posthorn"])).ToList();
            if (peers.Count == 0)
                continue;
            var (peer, best) = peers.MaxBy(p => p.Rate);
            foreach (var (door, rate) in sides.Where(s => IsOneOf(s.Name, ["posthorn"])))
                yield return (door, rate, peer, best);
        }
    }

    /// <summary>Whether a table tells of memory, in MB, instead of rates.</summary>
    public static bool IsOfMemory(ReportTable table) => table.Unit is "MB" or "MiB" || table.LabelNames[0].Contains("memory", StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether labels speak of that many sessions, clients or connections.</summary>
    public static bool HasCount(string label, int count) =>
        Sizes().Replace(label, "").Split([' ', ','], StringSplitOptions.RemoveEmptyEntries).Contains(count.ToString(CultureInfo.InvariantCulture), StringComparer.Ordinal);

    /// <summary>Whether labels speak of mails of 4 KiB, or of no size at all.</summary>
    public static bool IsSmall(string label) => !Sizes().IsMatch(label) || label.Contains("4 KiB", StringComparison.Ordinal);

    private static bool IsOneOf(string name, string[] words) => words.Any(w => name.Contains(w, StringComparison.OrdinalIgnoreCase));

    [GeneratedRegex(@"\d+ (KiB|MiB|MB)", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1_000)]
    private static partial Regex Sizes();
}

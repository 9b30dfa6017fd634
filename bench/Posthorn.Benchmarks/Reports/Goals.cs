using System.Globalization;

namespace Posthorn.Benchmarks.Reports;

/// <summary>The goals, each computed from the tables on the page.</summary>
internal static class Goals
{
    private const double CeilingShare = 0.6;
    private const double GrowthShare = 0.9;
    private const double MemoryMax = 64;

    public static IReadOnlyList<Goal> All { get; } =
    [
        new("mail in, 4 KiB, 10 and 50 sessions", "10 × Postfix", "Mail in",
            f => Ratios(f.Beside("mail-in", "postfix", l => GoalFigures.IsSmall(l) && (GoalFigures.HasCount(l, 10) || GoalFigures.HasCount(l, 50))), 10)),
        new("relay, 4 KiB, 20 sessions", "10 × Postfix", "Relay", f => Ratios(f.Beside("relay", "postfix", GoalFigures.IsSmall), 10)),
        new("queue: durable publish, 64 clients", "3 × the best durable peer", "Queue", f => Best(f.BesideBest("queues", l => GoalFigures.HasCount(l, 64) && !IsCycle(l)), 3)),
        new("queue: publish + consume + ack, 64 clients", "3 × the best durable peer", "Queue", f => Best(f.BesideBest("queues", l => GoalFigures.HasCount(l, 64) && IsCycle(l)), 3)),
        new("SQS SendMessage 1 KiB, 32 connections", "3 × elasticmq, which keeps in memory", "SQS", f => Ratios(f.Beside("sqs", "elasticmq", l => l == "SendMessage"), 3)),
        new("SQS SendMessage beside an empty request to Kestrel", "60 %", "SQS and its ceiling", f => Shares(f.Beside("limit", "empty-request", _ => true))),
        new("SMTP accept beside an empty SMTP dialogue", "60 %", "SMTP and its ceiling", f => Shares(f.Beside("limit", "empty-dialogue", _ => true))),
        new("mails of 100 MB: rate", "2 × Postfix", "Large mails", f => Ratios(f.Beside("large", "postfix", _ => true), 2)),
        new("mails of 100 MB: memory above idle", "64 MB at most", "Large mails", Memory),
        new("growth: the rate with the most waiting, of that with none", "90 % or more", "Growth", Growth),
    ];

    /// <summary>The lines of the page's last part.</summary>
    /// <param name="sections">The measured rows.</param>
    /// <param name="notes">Lines of the page with the notes, written by hand.</param>
    /// <param name="notesPage">How the page refers to it.</param>
    /// <param name="missing">Is told each goal that was missed and has no note.</param>
    public static IEnumerable<string> Report(IReadOnlyList<ReportSection> sections, IReadOnlyList<string> notes, string notesPage, Action<string> missing)
    {
        var figures = new GoalFigures(sections);
        var headings = notes.Where(l => l.StartsWith("## ", StringComparison.Ordinal)).Select(l => l[3..].Trim()).ToHashSet(StringComparer.Ordinal);
        yield return "## Goals";
        yield return "";
        yield return "Computed from the tables above; ratios are of medians in one run.";
        yield return "";
        yield return "| | goal | reached | |";
        yield return "|---|---|---|---|";
        foreach (var goal in All)
        {
            var result = goal.Measure(figures);
            if (result is { IsMet: false } && !headings.Contains(goal.Note))
                missing($"\"{goal.What}\" was missed, and {notesPage} has no heading \"{goal.Note}\" that tells what remains.");
            yield return $"| {goal.What} | {goal.Target} | {result?.Reached ?? "not measured"} | {Verdict(result, goal, headings, notesPage)} |";
        }
    }

    private static string Verdict(GoalResult? result, Goal goal, HashSet<string> headings, string notesPage) => result switch
    {
        null => "",
        { IsMet: true } => "reached",
        _ when headings.Contains(goal.Note) => $"missed: [what remains]({notesPage}#{goal.Note.ToLowerInvariant().Replace(' ', '-')})",
        _ => "missed",
    };

    private static bool IsCycle(string label) => label.Contains("ack", StringComparison.OrdinalIgnoreCase) || label.Contains("consume", StringComparison.OrdinalIgnoreCase);

    private static GoalResult? Ratios(IEnumerable<(string Label, double Posthorn, double Peer)> figures, double target) =>
        Of(figures.Select(f => ($"{f.Label}: {Number(f.Posthorn / f.Peer)} ×", f.Posthorn / f.Peer >= target)));

    private static GoalResult? Shares(IEnumerable<(string Label, double Posthorn, double Peer)> figures) =>
        Of(figures.Select(f => ($"{f.Label}: {Percent(f.Posthorn / f.Peer)}", f.Posthorn / f.Peer >= CeilingShare)));

    /// <summary>The goal is the best door's; the others are told.</summary>
    private static GoalResult? Best(IEnumerable<(string Door, double Posthorn, string Peer, double Best)> figures, double target)
    {
        var all = figures.ToList();
        return all.Count == 0
            ? null
            : new GoalResult(string.Join("; ", all.Select(f => $"{f.Door}: {Number(f.Posthorn / f.Best)} × {f.Peer}")), all.Exists(f => f.Posthorn / f.Best >= target));
    }

    private static GoalResult? Memory(GoalFigures figures) => Of(
        from table in figures.Tables("large")
        let us = table.SideWith("posthorn")
        where us >= 0 && GoalFigures.IsOfMemory(table)
        from row in table.Rows
        where row.Figures[us] is not null && row.Label.Contains("above idle", StringComparison.Ordinal)
        select ($"{row.Label}: {Number(row.Figures[us]!.Value.Value)} MB", row.Figures[us]!.Value.Value <= MemoryMax));

    private static GoalResult? Growth(GoalFigures figures) => Of(
        from table in figures.Tables("growth")
        where table.Unit == "/s" && table.Rows.Count > 1
        from side in Enumerable.Range(0, table.Sides.Count)
        let empty = table.Rows[0].Figures[side]
        let full = table.Rows[^1].Figures[side]
        where empty is { Value: > 0 } && full is not null
        select ($"{table.LabelNames[0]}, {table.Sides[side]}, {table.Rows[^1].Label}: {Percent(full.Value.Value / empty.Value.Value)}", full.Value.Value / empty.Value.Value >= GrowthShare));

    private static GoalResult? Of(IEnumerable<(string Text, bool IsMet)> figures)
    {
        var all = figures.ToList();
        return all.Count == 0 ? null : new GoalResult(string.Join("; ", all.Select(f => f.Text)), all.TrueForAll(f => f.IsMet));
    }

    private static string Number(double value) => value.ToString(value >= 100 ? "N0" : value >= 10 ? "0.0" : "0.00", CultureInfo.InvariantCulture);

    private static string Percent(double share) => $"{share * 100:0} %";
}

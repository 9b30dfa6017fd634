using System.Globalization;
using System.Text.RegularExpressions;

namespace Posthorn.Benchmarks.Reports;

/// <summary>
/// Reads the tables that the rows of bench/compare print: label columns first, then a column a side (<c>postfix/s</c>), with its <c>spread</c> behind it
/// or the ratio to the first side in brackets (<c>1,234 (0.20)</c>). Columns of several units become a table each. A table without figures is none.
/// </summary>
internal static partial class TableReader
{
    /// <summary>Headers of columns that say what was measured though their cells are numbers.</summary>
    private static readonly HashSet<string> s_dimensions = new(StringComparer.OrdinalIgnoreCase)
    {
        "batch", "body", "callers", "clients", "connections", "domains", "messages", "round", "sessions", "size", "waiting", "work",
    };

    /// <summary>The tables of some lines, in order; those in fences are examples and not read.</summary>
    public static IReadOnlyList<ReportTable> Read(IReadOnlyList<string> lines)
    {
        var tables = new List<ReportTable>();
        var isFenced = false;
        for (var i = 0; i < lines.Count; i++)
        {
            isFenced ^= lines[i].StartsWith("```", StringComparison.Ordinal);
            if (isFenced || !lines[i].StartsWith('|') || i + 1 >= lines.Count || !Rule().IsMatch(lines[i + 1]))
                continue;
            var headers = Cells(lines[i]);
            var rows = lines.Skip(i + 2).TakeWhile(l => l.StartsWith('|')).Select(Cells).Where(r => r.Length == headers.Length).ToList();
            i += 1 + lines.Skip(i + 2).TakeWhile(l => l.StartsWith('|')).Count();
            tables.AddRange(TablesOf(headers, rows, i + 1));
        }
        return tables;
    }

    private static IEnumerable<ReportTable> TablesOf(string[] headers, List<string[]> rows, int line)
    {
        if (rows.Count == 0 || headers.Length < 2)
            yield break;
        var first = FirstValue(headers, rows);
        var columns = Enumerable.Range(first, headers.Length - first)
            .Where(c => !IsSpread(headers[c]) && !headers[c].StartsWith("ratio", StringComparison.OrdinalIgnoreCase) && rows.Exists(r => Figure(r, c, headers) is not null))
            .Select(c => (Column: c, Name: UnitOf(headers[c]))).ToList();
        foreach (var unit in columns.GroupBy(c => c.Name.Unit, StringComparer.Ordinal))
        {
            yield return new ReportTable(line, headers[..first], unit.Key, [.. unit.Select(c => c.Name.Side)],
                [.. rows.Select(r => new ReportRow(r[..first], [.. unit.Select(c => Figure(r, c.Column, headers))]))]);
        }
    }

    /// <summary>Where the sides begin: at the first unit in a header; else at the side that the first ratio compares with; else behind what is known as a label.</summary>
    private static int FirstValue(string[] headers, List<string[]> rows)
    {
        var first = Array.FindIndex(headers, 1, h => UnitOf(h).Unit.Length > 0);
        if (first > 0)
            return first;
        first = Enumerable.Range(1, headers.Length - 1).FirstOrDefault(c => rows.Exists(r => Ratio().IsMatch(r[c])));
        if (first > 0)
            return first > 1 && !s_dimensions.Contains(headers[first - 1]) ? first - 1 : first;
        first = Array.FindIndex(headers, 1, h => !s_dimensions.Contains(h));
        return first > 0 ? first : headers.Length - 1;
    }

    private static ReportFigure? Figure(string[] row, int column, string[] headers)
    {
        if (Number(row[column]) is not { } value)
            return null;
        var spread = column + 1 < headers.Length && IsSpread(headers[column + 1]) ? row[column + 1].Split('–') : [];
        return spread.Length == 2 && Number(spread[0]) is { } low && Number(spread[1]) is { } high
            ? new ReportFigure(value, Math.Min(low, value), Math.Max(high, value))
            : new ReportFigure(value, value, value);
    }

    private static double? Number(string cell) =>
        Cell().Match(cell.Trim()) is { Success: true } match
            ? double.Parse(match.Groups["number"].Value, NumberStyles.AllowThousands | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture)
            : null;

    private static (string Side, string Unit) UnitOf(string header) =>
        Unit().Match(header) is { Success: true } match ? (match.Groups["side"].Value.TrimEnd(), match.Groups["unit"].Value) : (header, "");

    private static bool IsSpread(string header) => header.Equals("spread", StringComparison.OrdinalIgnoreCase);

    private static string[] Cells(string line) => [.. line.Trim().Trim('|').Split('|').Select(c => c.Trim().Replace("`", "", StringComparison.Ordinal).Replace("*", "", StringComparison.Ordinal))];

    [GeneratedRegex(@"^\|[\s:|-]+\|$", RegexOptions.CultureInvariant, 1_000)]
    private static partial Regex Rule();

    [GeneratedRegex(@"^(?<number>\d[\d,]*(\.\d+)?)( ?[A-Za-zµ%/]+)?( \(\d+(\.\d+)?\))?$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1_000)]
    private static partial Regex Cell();

    [GeneratedRegex(@"\(\d+(\.\d+)?\)$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1_000)]
    private static partial Regex Ratio();

    [GeneratedRegex(@"^(?<side>.*[^\s/])\s*(?<unit>/s|(?<=\s)(MB/s|MiB/s|MB|MiB|GiB|KiB|bytes|ms|µs|us|ns|s))$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1_000)]
    private static partial Regex Unit();
}

using Spectre.Console;

namespace Posthorn.Cli.Terminal;

/// <summary>
/// A list of things as people read it: one line each, columns aligned, nothing drawn. In a pipe the same whole and without colours; on a
/// terminal texts are cut until a line fits, the last column first, and figures never.
/// </summary>
internal sealed class Listing
{
    private const string Gap = "  ";

    /// <summary>No text is cut below this: a message's id has so many characters.</summary>
    private const int TextMin = 13;

    /// <summary>Nor the last column, which says most, as long as others can give.</summary>
    private const int LastMin = 24;

    private static readonly Style s_title = new(decoration: Decoration.Dim);

    private readonly bool[] _isFigure;
    private readonly List<Cell[]> _rows = [];

    /// <param name="columns">The titles; one that begins with <c>&gt;</c> is a column of figures, aligned to the right.</param>
    public Listing(params string[] columns)
    {
        _isFigure = [.. columns.Select(c => c[0] == '>')];
        _rows.Add([.. columns.Select(c => c.TrimStart('>')).Select(t => new Cell(char.IsAsciiLetter(t[0]) ? t.ToUpperInvariant() : t, s_title))]);
    }

    public int Count => _rows.Count - 1;

    public void Add(params object?[] cells) => _rows.Add([.. cells.Select(c => c as Cell? ?? new Cell(Clean(c?.ToString() ?? ""), Style.Plain))]);

    public void Write(Surroundings surroundings)
    {
        if (!surroundings.IsOutputTerminal)
        {
            foreach (var line in Lines(int.MaxValue))
                surroundings.Out.WriteLine(string.Concat(line.Select(c => c.Text)).TrimEnd());
            return;
        }
        foreach (var line in Lines(surroundings.Console.Profile.Width))
        {
            foreach (var cell in line)
                surroundings.Console.Write(new Text(cell.Text, cell.Style));
            surroundings.Console.WriteLine();
        }
    }

    /// <summary>The lines, title first, each cell as wide as its column; cut to <paramref name="widthMax"/> as far as the texts allow.</summary>
    public IEnumerable<IReadOnlyList<Cell>> Lines(int widthMax)
    {
        var widths = Widths(widthMax);
        return _rows.Select(row => row.Select((cell, i) => Padded(cell.Cut(widths[i]), widths[i], i)).ToArray());
    }

    public static Cell Coloured(string text, Color colour) => new(Clean(text), new Style(colour));

    /// <summary>What others sent is never to steer the terminal.</summary>
    public static string Clean(string text) =>
        text.Any(char.IsControl) ? string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c)) : text;

    private int[] Widths(int widthMax)
    {
        var last = _isFigure.Length - 1;
        var widths = _isFigure.Select((_, i) => _rows.Max(row => row[i].Width)).ToArray();
        var excess = widths.Sum() + (last * Gap.Length) - (long)widthMax;
        Give(last, LastMin);
        while (excess > 0)
        {
            // The widest gives a column at a time, so that what is left is shared evenly.
            var widest = Enumerable.Range(0, last).Where(i => !_isFigure[i] && widths[i] > TextMin).OrderByDescending(i => widths[i]).FirstOrDefault(-1);
            if (widest < 0)
                break;
            widths[widest]--;
            excess--;
        }
        Give(last, TextMin);
        return widths;

        void Give(int column, int min)
        {
            if (_isFigure[column] || excess <= 0 || widths[column] <= min)
                return;
            var given = (int)Math.Min(excess, widths[column] - min);
            widths[column] -= given;
            excess -= given;
        }
    }

    private Cell Padded(Cell cell, int width, int column)
    {
        var padding = new string(' ', width - cell.Width);
        var gap = column == _isFigure.Length - 1 ? "" : Gap;
        if (_isFigure[column])
            return cell with { Text = padding + cell.Text + gap };
        return cell with { Text = gap.Length == 0 ? cell.Text : cell.Text + padding + gap };
    }
}

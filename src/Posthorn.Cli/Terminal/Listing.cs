using Spectre.Console;

namespace Posthorn.Cli.Terminal;

/// <summary>A list of things as people read it: one line each, columns aligned, nothing drawn. In a pipe the same without colours.</summary>
internal sealed class Listing
{
    private readonly Table _table = new() { Border = TableBorder.None, ShowHeaders = true };

    /// <param name="columns">The titles; one that begins with <c>&gt;</c> is a column of figures, aligned to the right.</param>
    public Listing(params string[] columns)
    {
        for (var i = 0; i < columns.Length; i++)
        {
            var title = columns[i];
            var isFigure = title[0] == '>';
            var shown = isFigure ? title[1..] : title;
            var column = new TableColumn(new Text(char.IsAsciiLetter(shown[0]) ? shown.ToUpperInvariant() : shown, new Style(decoration: Decoration.Dim)))
            {
                NoWrap = true,
                Alignment = isFigure ? Justify.Right : Justify.Left,
                Padding = new Padding(0, 0, i == columns.Length - 1 ? 0 : 2, 0),
            };
            _table.AddColumn(column);
        }
    }

    public int Count => _table.Rows.Count;

    public void Add(params object?[] cells) =>
        _table.AddRow(cells.Select(c => c as Text ?? new Text(Clean(c?.ToString() ?? "")) { Overflow = Overflow.Ellipsis }));

    public void Write(Surroundings surroundings)
    {
        // Spectre fills each line up to the table's width; what is piped or copied is better off without.
        var text = new StringWriter();
        var console = surroundings.CreateConsole(text, isTerminal: false);
        if (surroundings.IsOutputTerminal)
        {
            surroundings.Console.Write(_table);
            return;
        }
        console.Write(_table);
        foreach (var line in text.ToString().TrimEnd().Split('\n'))
            surroundings.Out.WriteLine(line.TrimEnd());
    }

    public static Text Coloured(string text, Color colour) => new(Clean(text), new Style(colour)) { Overflow = Overflow.Ellipsis };

    /// <summary>What others sent is never to steer the terminal.</summary>
    public static string Clean(string text) =>
        text.Any(char.IsControl) ? string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c)) : text;
}

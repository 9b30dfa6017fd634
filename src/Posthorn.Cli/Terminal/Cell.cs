using Spectre.Console;

namespace Posthorn.Cli.Terminal;

/// <summary>A cell of a <see cref="Listing"/>: its text, and how it looks on a terminal.</summary>
internal readonly record struct Cell(string Text, Style Style)
{
    /// <summary>Columns it takes: wide characters take two.</summary>
    public int Width => Text.GetCellWidth();

    /// <summary>The same with at most <paramref name="width"/> columns, the end replaced by an ellipsis.</summary>
    public Cell Cut(int width)
    {
        if (Width <= width)
            return this;
        var end = Text.Length;
        while (end > 0 && Text.AsSpan(0, end).ToString().GetCellWidth() > width - 1)
            end--;
        return this with { Text = Text[..end].TrimEnd() + "…" };
    }
}

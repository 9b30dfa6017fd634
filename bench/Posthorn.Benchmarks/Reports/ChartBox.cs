namespace Posthorn.Benchmarks.Reports;

/// <summary>Room that something takes on a chart, in its points.</summary>
internal readonly record struct ChartBox(double Left, double Top, double Width, double Height)
{
    public double Right => Left + Width;

    public double Bottom => Top + Height;

    /// <summary>Whether the two share more than an edge.</summary>
    public bool Overlaps(ChartBox other) => Left < other.Right && other.Left < Right && Top < other.Bottom && other.Top < Bottom;

    /// <summary>Whether all of the other lies in this one.</summary>
    public bool Holds(ChartBox other) => other.Left >= Left && other.Right <= Right && other.Top >= Top && other.Bottom <= Bottom;
}

namespace Posthorn.Benchmarks.Reports;

/// <summary>A line of text on a chart.</summary>
/// <param name="Text">One line.</param>
/// <param name="Style">Its class in the style sheet: <c>title</c>, <c>unit</c>, <c>group</c>, <c>side</c>, <c>value</c>, <c>tick</c>.</param>
/// <param name="Box">The room it is given; the widest font that a reader may have fits.</param>
/// <param name="IsRight">Whether it ends at the right edge of its room instead of beginning at the left one.</param>
internal sealed record ChartText(string Text, string Style, ChartBox Box, bool IsRight = false);

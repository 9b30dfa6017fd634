using System.Globalization;

namespace Posthorn.Benchmarks.Reports;

/// <summary>Where everything on a chart is, in points: the left column has the sides' names, each value stands behind its bar and spread.</summary>
internal sealed class ChartLayout
{
    /// <summary>Width of every chart: what a page shows without shrinking it.</summary>
    public const double Width = 860;

    private const double Margin = 16;
    private const double Gap = 8;
    private const double RowHeight = 18;
    private const double BarHeight = 12;
    private const double GroupHeight = 22;
    private const double GroupGap = 10;
    private const double TickHeight = 16;
    private const int SideLengthMax = 44;

    /// <summary>Share of a font's size that a character takes on average in the widest of the usual sans-serif fonts; bold ones take more.</summary>
    private const double CharacterWidth = 0.6;
    private const double BoldCharacterWidth = 0.65;

    private static readonly Dictionary<string, (double Size, bool IsBold)> s_styles = new(StringComparer.Ordinal)
    {
        ["title"] = (16, true), ["unit"] = (12, false), ["group"] = (13, true), ["side"] = (12, false), ["value"] = (12, false), ["tick"] = (11, false),
    };

    private readonly List<ChartText> _texts = [];
    private readonly List<ChartBar> _bars = [];
    private readonly List<double> _ticks = [];
    private readonly List<(double Top, double Bottom)> _spans = [];
    private readonly ChartScale _scale;
    private readonly double _left;
    private readonly double _right;
    private double _top = Margin;

    /// <summary>Lays a chart out.</summary>
    public ChartLayout(BarChart chart)
    {
        var bars = chart.Groups.SelectMany(g => g.Bars).ToList();
        _scale = ChartScale.Of(bars.Select(b => b.Figure), chart.IsLogarithmic);
        _left = Margin + bars.Max(b => WidthOf(NameOf(b), "side")) + Gap;
        _right = Width - Margin - Gap - bars.Max(b => WidthOf(BarChart.Text(b.Figure.Value), "value"));
        AddLines(chart.Title, "title", 22);
        AddLines(chart.Subtitle + (chart.IsLogarithmic ? " (logarithmic)" : ""), "unit", 18);
        _top += Gap;
        foreach (var group in chart.Groups)
            AddGroup(group);
        _top -= GroupGap;
        if (chart.IsLogarithmic)
            AddTicks();
        Height = _top + Margin;
    }

    /// <summary>Height of the chart.</summary>
    public double Height { get; }

    /// <summary>From where to where each group's bars go, down: lines across them stay out of the labels.</summary>
    public IReadOnlyList<(double Top, double Bottom)> Spans => _spans;

    /// <summary>Where all bars begin, across.</summary>
    public double Baseline => _left;

    /// <summary>All text.</summary>
    public IReadOnlyList<ChartText> Texts => _texts;

    /// <summary>All bars.</summary>
    public IReadOnlyList<ChartBar> Bars => _bars;

    /// <summary>Where the powers of ten are, across; empty on a linear chart, whose values say enough.</summary>
    public IReadOnlyList<double> Ticks => _ticks;

    /// <summary>A name that would take the bars' room is cut; the description has all of it.</summary>
    private static string NameOf(Bar bar) => bar.Side.Length > SideLengthMax ? $"{bar.Side[..(SideLengthMax - 1)]}…" : bar.Side;

    private static double WidthOf(string text, string style)
    {
        var (size, isBold) = s_styles[style];
        return Math.Ceiling(text.Length * size * (isBold ? BoldCharacterWidth : CharacterWidth));
    }

    private double At(double value) => _left + (Math.Clamp(_scale.ShareOf(value), 0, 1) * (_right - _left));

    /// <summary>Breaks text between words where it is too long for a line.</summary>
    private void AddLines(string text, string style, double height)
    {
        var line = "";
        foreach (var word in text.Split(' '))
        {
            var longer = line.Length == 0 ? word : $"{line} {word}";
            if (line.Length > 0 && WidthOf(longer, style) > Width - (2 * Margin))
            {
                AddLine(line);
                longer = word;
            }
            line = longer;
        }
        AddLine(line);

        void AddLine(string content)
        {
            _texts.Add(new ChartText(content, style, new ChartBox(Margin, _top, WidthOf(content, style), height)));
            _top += height;
        }
    }

    private void AddGroup(BarGroup group)
    {
        AddLines(group.Label, "group", GroupHeight);
        var begin = _top;
        foreach (var bar in group.Bars)
        {
            var end = At(bar.Figure.Value);
            var box = new ChartBox(_left, _top + ((RowHeight - BarHeight) / 2), Math.Max(end - _left, 1), BarHeight);
            var placed = new ChartBar(bar, box, At(bar.Figure.Low), At(bar.Figure.High));
            _bars.Add(placed);
            var name = WidthOf(NameOf(bar), "side");
            _texts.Add(new ChartText(NameOf(bar), "side", new ChartBox(_left - Gap - name, _top, name, RowHeight), IsRight: true));
            var value = BarChart.Text(bar.Figure.Value);
            _texts.Add(new ChartText(value, "value", new ChartBox(Math.Max(box.Right, placed.High) + (Gap / 2), _top, WidthOf(value, "value"), RowHeight)));
            _top += RowHeight;
        }
        _spans.Add((begin, _top));
        _top += GroupGap;
    }

    private void AddTicks()
    {
        foreach (var power in _scale.Powers())
        {
            _ticks.Add(At(power));
            var text = power.ToString("#,0.#####", CultureInfo.InvariantCulture);
            var box = new ChartBox(At(power), _top, WidthOf(text, "tick"), TickHeight);
            if (_texts[^1].Style != "tick" || _texts[^1].Box.Right < box.Left)
                _texts.Add(new ChartText(text, "tick", box));
        }
        _top += TickHeight;
    }
}

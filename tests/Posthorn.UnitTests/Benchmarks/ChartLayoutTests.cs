using Posthorn.Benchmarks.Reports;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Benchmarks;

public sealed class ChartLayoutTests
{
    private const double Rounding = 1e-6;

    public static TheoryData<string, string[], double[]> Charts => new()
    {
        { "one bar", ["posthorn"], [7] },
        { "equal bars", ["postfix", "posthorn"], [100, 100] },
        { "a linear span", ["postfix", "exim", "posthorn"], [1_000, 2_345.6, 9_999_999.4 / 101] },
        { "a span for powers of ten", ["postfix", "client alone", "posthorn"], [1, 1_000_000, 10] },
        { "parts of one", ["dovecot", "posthorn"], [0.001, 0.9] },
        { "nothing at all", ["a side that measured nothing", "posthorn"], [0, 0] },
        { "names of all lengths", ["x", new string('w', 200), "posthorn, by its own protocol over HTTP"], [123_456, 45, 678_901] },
        { string.Join(' ', Enumerable.Repeat("a long title that needs several lines", 9)), ["posthorn"], [5] },
    };

    [Theory]
    [MemberData(nameof(Charts))]
    public void Everything_lies_inside_the_picture(string title, string[] sides, double[] values)
    {
        var layout = new ChartLayout(Chart(title, sides, values));
        var picture = new ChartBox(0, 0, ChartLayout.Width + Rounding, layout.Height + Rounding);
        layout.Texts.Where(t => !picture.Holds(t.Box)).ShouldBeEmpty();
        layout.Bars.Where(b => !picture.Holds(b.Box) || b.Low < layout.Baseline || b.High > ChartLayout.Width).ShouldBeEmpty();
        layout.Ticks.ShouldAllBe(t => t >= layout.Baseline && t < ChartLayout.Width);
    }

    [Theory]
    [MemberData(nameof(Charts))]
    public void Nothing_lies_on_anything_else(string title, string[] sides, double[] values)
    {
        var layout = new ChartLayout(Chart(title, sides, values));
        var boxes = layout.Texts.Select(t => (What: t.Text, t.Box)).Concat(layout.Bars.Select(b => (What: $"bar of {b.Bar.Side}", b.Box))).ToList();
        for (var i = 0; i < boxes.Count; i++)
        {
            for (var j = i + 1; j < boxes.Count; j++)
                boxes[i].Box.Overlaps(boxes[j].Box).ShouldBeFalse($"{boxes[i]} and {boxes[j]}");
        }
    }

    [Fact]
    public void A_linear_bar_is_as_long_as_its_value_has_it_and_a_logarithmic_one_by_powers()
    {
        var linear = new ChartLayout(Chart("linear", ["a", "b"], [25, 100]));
        linear.Ticks.ShouldBeEmpty();
        (linear.Bars[0].Box.Width / linear.Bars[1].Box.Width).ShouldBe(0.25, 0.001);

        var powers = new ChartLayout(Chart("powers", ["a", "b", "c"], [10, 100, 10_000]));
        (powers.Bars[1].Box.Width / powers.Bars[0].Box.Width).ShouldBe(2, 0.001);
        (powers.Bars[2].Box.Width / powers.Bars[0].Box.Width).ShouldBe(4, 0.001);
        powers.Texts.Single(t => t.Style == "unit").Text.ShouldContain("logarithmic");
    }

    [Fact]
    public void A_value_stands_behind_the_end_of_its_spread()
    {
        var figure = new ReportFigure(50, 40, 90);
        var chart = new BarChart("spread", "a second", [new BarGroup("group", [new Bar("posthorn", BarKind.Posthorn, figure)])]);
        var layout = new ChartLayout(chart);
        var bar = layout.Bars.ShouldHaveSingleItem();
        bar.Low.ShouldBeLessThan(bar.Box.Right);
        bar.High.ShouldBeGreaterThan(bar.Box.Right);
        layout.Texts.Single(t => t.Style == "value").Box.Left.ShouldBeGreaterThan(bar.High);
    }

    private static BarChart Chart(string title, string[] sides, double[] values)
    {
        var bars = sides.Zip(values).Select(s => new Bar(s.First, BarKind.Peer, new ReportFigure(s.Second, s.Second * 0.8, s.Second * 1.3))).ToList();
        return new BarChart(title, $"{title}; a second", [new BarGroup("10, connections kept", bars), new BarGroup(title, bars)]);
    }
}

using System.Xml.Linq;
using Posthorn.Benchmarks.Reports;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Benchmarks;

public sealed class SvgChartTests
{
    private static readonly XNamespace s_svg = "http://www.w3.org/2000/svg";

    private static readonly string[] s_table =
    [
        "| work | clients | peer <&> co | Posthorn |", "|---|--:|--:|--:|", "| send | 1 | 100 | 50 (0.50) |", "| send | 64 | 1,000 | 9,000 (9.00) |", "| take | 1 | 7 | 8 (1.14) |",
    ];

    [Fact]
    public void A_table_is_drawn_for_each_text_of_its_first_label()
    {
        var charts = BarChart.Of("Queue", TableReader.Read(s_table)[0]).ToList();
        charts.Select(c => c.Subtitle).ShouldBe(["send; by clients", "take; by clients"]);
        charts[0].Groups.Select(g => g.Label).ShouldBe(["clients 1", "clients 64"]);
        charts[0].Groups[1].Bars.Select(b => b.Kind).ShouldBe([BarKind.Peer, BarKind.Posthorn]);
    }

    [Fact]
    public void A_chart_says_all_its_figures_in_words_as_well()
    {
        var svg = Draw();
        svg.Attribute("role")!.Value.ShouldBe("img");
        svg.Element(s_svg + "title")!.Value.ShouldBe("Queue & more");
        svg.Element(s_svg + "desc")!.Value.ShouldContain("clients 64: peer <&> co 1,000, Posthorn 9,000.");
        svg.Attribute("aria-labelledby")!.Value.Split(' ').ShouldBe([svg.Element(s_svg + "title")!.Attribute("id")!.Value, svg.Element(s_svg + "desc")!.Attribute("id")!.Value]);
    }

    [Fact]
    public void A_chart_is_readable_on_dark_and_fetches_nothing()
    {
        var text = Draw().ToString();
        text.ShouldContain("prefers-color-scheme:dark");
        text.ShouldNotContain("href");
        text.ShouldNotContain("url(");
        text.ShouldNotContain("@import");
    }

    [Fact]
    public void Each_bar_and_each_value_is_there_once()
    {
        var svg = Draw();
        svg.Elements(s_svg + "rect").Count(r => r.Attribute("class")!.Value == "posthorn").ShouldBe(2);
        svg.Elements(s_svg + "rect").Count(r => r.Attribute("class")!.Value == "peer").ShouldBe(2);
        svg.Elements(s_svg + "text").Where(t => t.Attribute("class")!.Value == "value").Select(t => t.Value).ShouldBe(["100", "50", "1,000", "9,000"]);
    }

    private static XElement Draw() => XDocument.Parse(SvgChart.Draw(BarChart.Of("Queue & more", TableReader.Read(s_table)[0]).First())).Root!;
}

using System.Globalization;
using System.Security;
using System.Text;

namespace Posthorn.Benchmarks.Reports;

/// <summary>Writes a chart as SVG: readable on light and dark, without anything from outside, with all its figures as text for those who hear it.</summary>
internal static class SvgChart
{
    // A page's colours may be others than those that the reader's system prefers, so the chart brings its own ground.
    private const string Style = """
        .ground{fill:#ffffff}.line{stroke:#d1d9e0}.posthorn{fill:#0969da}.peer{fill:#8c959f}.limit{fill:#eaeef2;stroke:#8c959f;stroke-dasharray:3 2}.spread{stroke:#1f2328}
        text{font-family:system-ui,-apple-system,"Segoe UI","DejaVu Sans",sans-serif;fill:#1f2328}.title{font-size:16px;font-weight:600}.group{font-size:13px;font-weight:600}
        .unit,.side,.value{font-size:12px}.tick{font-size:11px}.unit,.tick{fill:#59636e}
        @media (prefers-color-scheme:dark){.ground{fill:#0d1117}.line{stroke:#3d444d}.posthorn{fill:#4493f8}.peer{fill:#6e7681}.limit{fill:#212830;stroke:#9198a1}
        .spread{stroke:#f0f6fc}text{fill:#f0f6fc}.unit,.tick{fill:#9198a1}}
        """;

    /// <summary>The chart as an SVG document, with the end of its last line.</summary>
    public static string Draw(BarChart chart)
    {
        var layout = new ChartLayout(chart);
        var svg = new StringBuilder();
        svg.Append(Invariant($"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {ChartLayout.Width:0.#} {layout.Height:0.#}\" width=\"{ChartLayout.Width:0.#}\" height=\"{layout.Height:0.#}\" role=\"img\" aria-labelledby=\"title desc\">\n"));
        svg.Append(Invariant($"<title id=\"title\">{Escape(chart.Title)}</title>\n<desc id=\"desc\">{Escape(Description(chart))}</desc>\n<style>\n{Style}\n</style>\n"));
        svg.Append(Invariant($"<rect class=\"ground\" width=\"{ChartLayout.Width:0.#}\" height=\"{layout.Height:0.#}\"/>\n"));
        foreach (var (top, bottom) in layout.Spans)
        {
            foreach (var tick in layout.Ticks.Prepend(layout.Baseline).Distinct())
                svg.Append(Invariant($"<line class=\"line\" x1=\"{tick:0.#}\" x2=\"{tick:0.#}\" y1=\"{top:0.#}\" y2=\"{bottom:0.#}\"/>\n"));
        }
        foreach (var bar in layout.Bars)
            Append(svg, bar);
        foreach (var text in layout.Texts)
            Append(svg, text);
        return svg.Append("</svg>\n").ToString();
    }

    private static void Append(StringBuilder svg, ChartBar bar)
    {
        var (box, kind) = (bar.Box, bar.Bar.Kind.ToString().ToLowerInvariant());
        svg.Append(Invariant($"<rect class=\"{kind}\" x=\"{box.Left:0.#}\" y=\"{box.Top:0.#}\" width=\"{box.Width:0.#}\" height=\"{box.Height:0.#}\"/>\n"));
        if (bar.High - bar.Low < 1)
            return;
        var middle = (box.Top + box.Bottom) / 2;
        svg.Append(Invariant($"<path class=\"spread\" d=\"M{bar.Low:0.#} {middle - 3:0.#}v6m0-3H{bar.High:0.#}m0-3v6\" fill=\"none\"/>\n"));
    }

    private static void Append(StringBuilder svg, ChartText text)
    {
        var box = text.Box;
        var anchor = text.IsRight ? " text-anchor=\"end\"" : "";
        svg.Append(Invariant($"<text class=\"{text.Style}\" x=\"{(text.IsRight ? box.Right : box.Left):0.#}\" y=\"{box.Top + (box.Height * 0.72):0.#}\"{anchor}>{Escape(text.Text)}</text>\n"));
    }

    private static string Description(BarChart chart)
    {
        var groups = chart.Groups.Select(g => $"{g.Label}: {string.Join(", ", g.Bars.Select(b => $"{b.Side} {BarChart.Text(b.Figure.Value)}"))}.");
        return $"{chart.Subtitle}. {string.Join(" ", groups)}";
    }

    private static string Escape(string text) => SecurityElement.Escape(text);

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

using Posthorn.Benchmarks.Reports;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Benchmarks;

public sealed class ReportPageTests
{
    private static readonly ILookup<int, string> s_noCharts = Array.Empty<string>().ToLookup(_ => 0);

    [Fact]
    public void A_row_that_is_measured_again_replaces_itself_and_leaves_the_others()
    {
        var page = new ReportPage();
        page.Take("sqs", Output("SQS", 1, "2026-01-01"));
        page.Take("mail-in", Output("Mail in", 2, "2026-01-01"));
        var again = ReportPage.Parse(Render(page));
        again.Take("sqs", Output("SQS", 3, "2026-02-02"));
        var text = Render(again);

        again.Sections.Select(s => s.Row).ShouldBe(["mail-in", "sqs"]);
        text.ShouldContain("*2026-01-01, 2 runs.*\n\n| work | posthorn/s |\n|---|--:|\n| send | 2 |\n");
        text.ShouldContain("*2026-02-02, 2 runs.*\n\n| work | posthorn/s |\n|---|--:|\n| send | 3 |\n");
        text.ShouldNotContain("| send | 1 |");
    }

    [Fact]
    public void A_page_that_is_read_and_written_is_the_same_page()
    {
        var page = new ReportPage();
        page.Take("limit", Output("Limit", 1, "2026-01-01"));
        page.Take("growth", Output("Growth", 2, "2026-01-01"));
        var text = Render(page);
        Render(ReportPage.Parse(text)).ShouldBe(text);
        ReportPage.Parse(text).Machine.ShouldBe("2 cores.");
    }

    [Fact]
    public void Charts_stand_behind_their_table_and_old_ones_are_taken_out()
    {
        var page = new ReportPage();
        page.Take("limit", Output("Limit", 1, "2026-01-01"));
        var text = page.Render("# Benchmarks", ["## Goals"], s => s.Tables.ToLookup(t => t.Line, _ => "![chart](benchmarks/limit-1.svg)"));
        text.ShouldContain("| send | 1 |\n\n![chart](benchmarks/limit-1.svg)\n\nAfter it.\n");
        Render(ReportPage.Parse(text)).ShouldNotContain("![");
    }

    [Fact]
    public void Rows_come_in_the_pages_order_and_unknown_ones_last()
    {
        var page = new ReportPage();
        foreach (var row in new[] { "zebra", "limit", "relay", "mail-in" })
            page.Take(row, Output(row, 1, "2026-01-01"));
        page.Sections.Select(s => s.Row).ShouldBe(["mail-in", "relay", "limit", "zebra"]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("bench: wrk is missing")]
    [InlineData("# Head\n\nMachine.\n\n## Title\n\nNo figures.")]
    public void A_row_that_measured_nothing_is_refused(string output) => Should.Throw<InvalidDataException>(() => new ReportPage().Take("sqs", output));

    private static string Render(ReportPage page) => page.Render("# Benchmarks", ["## Goals"], _ => s_noCharts);

    private static string Output(string title, int rate, string date) =>
        $"# Posthorn beside others\n\n2 cores.\n\n{date}, 2 runs.\n\n## {title}\n\n| work | posthorn/s |\n|---|--:|\n| send | {rate} |\n\nAfter it.\n";
}

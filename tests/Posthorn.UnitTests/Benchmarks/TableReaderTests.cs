using Posthorn.Benchmarks.Reports;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Benchmarks;

public sealed class TableReaderTests
{
    [Fact]
    public void Units_in_the_headers_say_where_the_sides_begin_and_spreads_belong_to_the_side_before_them()
    {
        var table = Read("""
            | sessions | postfix/s | spread | posthorn/s | spread | ratio |
            |---|--:|--:|--:|--:|--:|
            | 10, connections kept | 1480 | 1400–1502 | 22100.5 | 21000–23100 | 14.93 |
            """).ShouldHaveSingleItem();
        table.LabelNames.ShouldBe(["sessions"]);
        table.Unit.ShouldBe("/s");
        table.Sides.ShouldBe(["postfix", "posthorn"]);
        table.Rows.ShouldHaveSingleItem().Label.ShouldBe("10, connections kept");
        table.Rows[0].Figures.ShouldBe([new ReportFigure(1480, 1400, 1502), new ReportFigure(22100.5, 21000, 23100)]);
    }

    [Fact]
    public void Ratios_in_brackets_say_where_the_sides_begin_one_column_behind_the_side_they_compare_with()
    {
        var table = Read("""
            | work | clients | batch | bare loop | pgmq's statements | Posthorn |
            |---|--:|--:|--:|--:|--:|
            | send | 1 | 10 | 5,044 | 4,335 (0.86) | 1,006 (0.20) |
            | send + receive + ack | 64 | 1 | 17,572 | – | 14,611 (0.83) |
            """).ShouldHaveSingleItem();
        table.LabelNames.ShouldBe(["work", "clients", "batch"]);
        table.Sides.ShouldBe(["bare loop", "pgmq's statements", "Posthorn"]);
        table.Unit.ShouldBeEmpty();
        table.Rows[0].Figures.Select(f => f?.Value).ShouldBe([5044, 4335, 1006]);
        table.Rows[1].Labels.ShouldBe(["send + receive + ack", "64", "1"]);
        table.Rows[1].Figures.Select(f => f?.Value).ShouldBe([17572, null, 14611]);
    }

    [Fact]
    public void Where_every_side_has_a_ratio_the_labels_end_before_the_first_one()
    {
        var table = Read("| waiting | send | cycle |\n|---|--:|--:|\n| 0 | 100 (1.00) | 50 (1.00) |\n| 100,000 | 99 (0.99) | 51 (1.02) |").ShouldHaveSingleItem();
        table.LabelNames.ShouldBe(["waiting"]);
        table.Sides.ShouldBe(["send", "cycle"]);
    }

    [Fact]
    public void Numbers_under_a_known_label_are_no_side()
    {
        var table = Read("| work | clients | all |\n|---|--:|--:|\n| send | 16 | 900 |").ShouldHaveSingleItem();
        table.LabelNames.ShouldBe(["work", "clients"]);
        table.Sides.ShouldBe(["all"]);
    }

    [Fact]
    public void Columns_of_several_units_are_a_table_each()
    {
        var tables = Read("| waiting | send/s | spread | memory MiB | start s |\n|---|--:|--:|--:|--:|\n| 0 | 10 | 9–11 | 40.5 | 0.1 |");
        tables.Select(t => t.Unit).ShouldBe(["/s", "MiB", "s"]);
        tables.Select(t => t.Sides[0]).ShouldBe(["send", "memory", "start"]);
        tables[1].Rows[0].Figures.ShouldBe([new ReportFigure(40.5, 40.5, 40.5)]);
    }

    [Theory]
    [InlineData("no table at all")]
    [InlineData("| a table | of words |\n|---|---|\n| without | figures |")]
    [InlineData("```\n| side | a/s |\n|---|--:|\n| in | 1 |\n```")]
    [InlineData("| a | b/s |\n| no | 1 |")]
    public void What_has_no_figures_is_no_table(string text) => Read(text).ShouldBeEmpty();

    [Fact]
    public void A_table_ends_at_the_line_behind_it() =>
        Read("## Title\n\n| a | b/s |\n|---|--:|\n| x | 1 |\n\nMore.\n\n| a | b/s |\n|---|--:|\n| x | 1 |").Select(t => t.Line).ShouldBe([5, 11]);

    private static IReadOnlyList<ReportTable> Read(string text) => TableReader.Read(text.Split('\n'));
}

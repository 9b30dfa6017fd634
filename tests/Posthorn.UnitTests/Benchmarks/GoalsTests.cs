using Posthorn.Benchmarks.Reports;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Benchmarks;

public sealed class GoalsTests
{
    [Fact]
    public void Mails_of_4_KiB_from_10_and_50_sessions_count_and_no_others()
    {
        var line = Line("mail in", Section("mail-in",
            "| sessions | postfix/s | spread | exim/s | spread | posthorn/s | spread | ratio |", "|---|--:|--:|--:|--:|--:|--:|--:|",
            "| 4 KiB, 1, connections kept | 100 | 1–2 | 5 | 1–9 | 100 | 1–2 | 1 |",
            "| 4 KiB, 10, connections kept | 100 | 1–2 | 5 | 1–9 | 1050 | 1–2 | 10 |",
            "| 4 KiB, 50, a connection a mail | 100 | 1–2 | 5 | 1–9 | 1200 | 1–2 | 12 |",
            "| 100 KiB, 10, connections kept | 100 | 1–2 | 5 | 1–9 | 200 | 1–2 | 2 |"));
        line.ShouldContain("4 KiB, 10, connections kept: 10.5 ×; 4 KiB, 50, a connection a mail: 12.0 ×");
        line.ShouldEndWith("| reached |");
        line.ShouldNotContain("100 KiB");
    }

    [Fact]
    public void The_best_durable_peer_is_what_a_queue_is_compared_with()
    {
        var section = Section("queues",
            "| work | clients | Posthorn HTTP | Posthorn embedded | RabbitMQ classic | Redis | NATS JetStream | client alone |", "|---|--:|--:|--:|--:|--:|--:|--:|",
            "| publish | 64 | 3,300 | 90,000 (27.27) | 700 (0.21) | 1,000 (0.30) | 9,000 (2.72) | 50,000 (15.15) |",
            "| publish + consume + ack | 64 | 900 | 9,000 (10.00) | 300 (0.33) | 400 (0.44) | 9,000 (10.00) | 50,000 (55.56) |",
            "| publish | 1 | 1 | 1 (1.00) | 700 (700.00) | 1,000 (1000.00) | 1 (1.00) | 1 (1.00) |");
        Line("queue: durable publish", section).ShouldContain("| Posthorn HTTP: 3.30 × Redis | reached |");
        Line("queue: publish + consume", section).ShouldContain("| Posthorn HTTP: 2.25 × Redis | missed |");
    }

    [Fact]
    public void A_missed_goal_points_to_its_note_and_one_without_a_note_is_told()
    {
        var sections = new[] { Section("sqs", "| query | elasticmq/s | posthorn/s |", "|---|--:|--:|", "| SendMessage | 100 | 250 |", "| SendMessage, held to half | 1 | 9 |") };
        var told = new List<string>();
        Goals.Report(sections, ["# Notes", "## SQS"], "benchmarks-notes.md", told.Add).Single(l => l.StartsWith("| SQS SendMessage 1 KiB", StringComparison.Ordinal))
            .ShouldEndWith("| SendMessage: 2.50 × | missed: [what remains](benchmarks-notes.md#sqs) |");
        told.ShouldBeEmpty();
        Goals.Report(sections, [], "benchmarks-notes.md", told.Add).Count().ShouldBe(Goals.All.Count + 6);
        told.ShouldHaveSingleItem().ShouldContain("\"SQS\"");
    }

    [Fact]
    public void Growth_compares_the_last_row_of_each_table_with_the_first()
    {
        var section = Section("growth",
            "| relay: waiting | relayed/s | spread | memory MiB | start s |", "|---|--:|--:|--:|--:|",
            "| 0 | 1000 | 1–2 | 10 | 1 |", "| 100,000 | 10 | 1–2 | 10 | 1 |", "| 1,000,000 | 899 | 1–2 | 900 | 100 |");
        Line("growth", section).ShouldContain("relay: waiting, relayed, 1,000,000: 90 % | missed");
    }

    [Fact]
    public void Large_mails_are_judged_by_rate_and_by_memory()
    {
        var section = Section("large",
            "| megabytes | postfix/s | spread | posthorn/s | spread | ratio |", "|---|--:|--:|--:|--:|--:|", "| accepted | 100 | 90–110 | 250 | 240–260 | 2.50 |", "",
            "| MB of memory | postfix | posthorn |", "|---|--:|--:|", "| while accepting, above idle | 10 | 64.1 |", "| idle, after small mails | 10 | 99 |");
        Line("mails of 100 MB: rate", section).ShouldEndWith("| accepted: 2.50 × | reached |");
        Line("mails of 100 MB: memory", section).ShouldEndWith("| while accepting, above idle: 64.1 MB | missed |");
    }

    [Fact]
    public void What_was_not_measured_is_neither_reached_nor_missed() =>
        Goals.Report([], [], "notes.md", text => throw new InvalidOperationException(text)).Where(l => l.Contains("not measured", StringComparison.Ordinal)).Count().ShouldBe(Goals.All.Count);

    private static string Line(string goal, ReportSection section) =>
        Goals.Report([section], [], "notes.md", _ => { }).Single(l => l.StartsWith($"| {goal}", StringComparison.Ordinal));

    private static ReportSection Section(string row, params string[] lines) => new(row, [$"## {row}", "", .. lines]);
}

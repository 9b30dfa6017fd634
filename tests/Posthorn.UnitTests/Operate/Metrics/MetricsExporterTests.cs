using Posthorn.Contracts;
using System.Diagnostics.Metrics;
using Posthorn.Bodies;
using Posthorn.Clustering;
using Posthorn.Commits;
using Posthorn.Contracts.Reference;
using Posthorn.Leases;
using Posthorn.Messages;
using Posthorn.Queues;
using Posthorn.Server.Operate.Metrics;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Operate.Metrics;

public sealed class MetricsExporterTests : IAsyncLifetime
{
    private readonly ManualTimeProvider _clock = new();
    private readonly ReferenceEngine _engine;
    private readonly Meter _meter = new("Posthorn.Server");
    private readonly MetricsExporter _exporter;

    public MetricsExporterTests()
    {
        _engine = new ReferenceEngine(_clock);
        _exporter = new MetricsExporter(_engine, new SoleNode("one", _clock.GetUtcNow()), _clock);
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        _exporter.Dispose();
        _meter.Dispose();
        await _engine.DisposeAsync();
    }

    [Fact]
    public void Counters_gauges_and_histograms_are_written_in_the_format_of_Prometheus()
    {
        var counter = _meter.CreateCounter<long>("test_accepted_total", description: "Mails\nwith a \\ and a \"quote\".");
        counter.Add(1, new KeyValuePair<string, object?>("door", "smtp"));
        counter.Add(2, new KeyValuePair<string, object?>("door", "smtp"));
        counter.Add(5, new KeyValuePair<string, object?>("door", "a\\b\"c\nd"));
        var open = _meter.CreateUpDownCounter<int>("test.open-now");
        open.Add(3);
        open.Add(-1);
        _meter.CreateObservableGauge("test_level", () => 0.25);
        var latency = _meter.CreateHistogram("test_latency_seconds", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.1, 1] }, unit: "s", description: "How long.");
        foreach (var seconds in (double[])[0.05, 0.1, 0.5, 7])
            latency.Record(seconds, new KeyValuePair<string, object?>("outcome", "ok"));

        Lines("test_").ShouldBe(
        [
            "# HELP test_accepted_total Mails\\nwith a \\\\ and a \"quote\".",
            "# TYPE test_accepted_total counter",
            "test_accepted_total{door=\"smtp\"} 3",
            "test_accepted_total{door=\"a\\\\b\\\"c\\nd\"} 5",
            "# HELP test_latency_seconds How long.",
            "# TYPE test_latency_seconds histogram",
            "test_latency_seconds_bucket{outcome=\"ok\",le=\"0.1\"} 2",
            "test_latency_seconds_bucket{outcome=\"ok\",le=\"1\"} 3",
            "test_latency_seconds_bucket{outcome=\"ok\",le=\"+Inf\"} 4",
            "test_latency_seconds_sum{outcome=\"ok\"} 7.65",
            "test_latency_seconds_count{outcome=\"ok\"} 4",
            "# TYPE test_level gauge",
            "test_level 0.25",
            "# TYPE test_open_now gauge",
            "test_open_now 2",
        ]);
    }

    [Theory]
    [InlineData("test.sent", "{mail}", "test_sent_total")]
    [InlineData("test.sent", "By", "test_sent_bytes_total")]
    [InlineData("test.sent_bytes", "By", "test_sent_bytes_total")]
    [InlineData("test_wait_seconds_total", "s", "test_wait_seconds_total")]
    [InlineData("test.wait", "s", "test_wait_seconds_total")]
    public void A_counters_name_gets_its_unit_and_total(string name, string unit, string exported)
    {
        _meter.CreateCounter<long>(name, unit).Add(1);
        Lines("test_").ShouldContain($"{exported} 1");
    }

    [Fact]
    public void No_name_stands_twice_even_when_an_engine_measures_its_queues_itself()
    {
        using var engine = new Meter("Posthorn");
        engine.CreateObservableGauge("posthorn.queue.messages", () => 1);

        var names = _exporter.Export().Split('\n').Where(l => l.StartsWith("# TYPE ", StringComparison.Ordinal)).ToList();
        names.ShouldBeUnique();
        names.ShouldContain("# TYPE posthorn_queue_messages gauge");
    }

    [Fact]
    public void A_metric_that_nothing_was_measured_for_is_named()
    {
        _meter.CreateCounter<long>("test_never_total", description: "Never.");
        Lines("test_").ShouldBe(["# HELP test_never_total Never.", "# TYPE test_never_total counter"]);
    }

    [Fact]
    public void A_label_that_a_peer_can_invent_cannot_make_memory_grow()
    {
        var counter = _meter.CreateCounter<long>("test_many_total");
        for (var i = 0; i < 1_000; i++)
            counter.Add(1, new KeyValuePair<string, object?>("peer", i));

        var lines = Lines("test_many_total{");
        lines.Length.ShouldBe(MetricFamily.SeriesMax + 1);
        lines[^1].ShouldBe($"test_many_total{{overflow=\"true\"}} {1_000 - MetricFamily.SeriesMax}");
    }

    [Fact]
    public void An_observed_gauge_forgets_what_is_no_longer_told()
    {
        Measurement<int>[] told = [new(1, new KeyValuePair<string, object?>("x", "a")), new(2, new KeyValuePair<string, object?>("x", "b"))];
        _meter.CreateObservableGauge("test_told", () => told);
        Lines("test_told{").Length.ShouldBe(2);
        told = [new(3, new KeyValuePair<string, object?>("x", "b"))];
        Lines("test_told{").ShouldBe(["test_told{x=\"b\"} 3"]);
    }

    [Fact]
    public void Other_meters_are_none_of_our_business()
    {
        using var other = new Meter("System.Other");
        other.CreateCounter<long>("test_other_total").Add(1);
        Lines("test_").ShouldBeEmpty();
    }

    [Fact]
    public async Task Queues_are_told_by_state_with_the_age_of_the_oldest()
    {
        var queue = QueueName.Parse("in\"voices");
        await _engine.CommitAsync(new Commit()
            .Add(new NewMessage { Queue = queue, Content = Body.Of(new byte[10]) })
            .Add(new NewMessage { Queue = queue, Content = Body.Of(new byte[5]), IsHeld = true }));
        _clock.Advance(TimeSpan.FromSeconds(90));

        Lines("posthorn_queue").ShouldBe(
        [
            "# HELP posthorn_queue_messages Messages by queue and state.",
            "# TYPE posthorn_queue_messages gauge",
            "posthorn_queue_messages{queue=\"in\\\"voices\",state=\"ready\"} 1",
            "posthorn_queue_messages{queue=\"in\\\"voices\",state=\"delayed\"} 0",
            "posthorn_queue_messages{queue=\"in\\\"voices\",state=\"leased\"} 0",
            "posthorn_queue_messages{queue=\"in\\\"voices\",state=\"held\"} 1",
            "# HELP posthorn_queue_bytes Bytes of content by queue; a body shared by several messages counts in each.",
            "# TYPE posthorn_queue_bytes gauge",
            "posthorn_queue_bytes{queue=\"in\\\"voices\"} 15",
            "# HELP posthorn_queue_oldest_seconds Time since the oldest message came into the queue; 0 when it is empty.",
            "# TYPE posthorn_queue_oldest_seconds gauge",
            "posthorn_queue_oldest_seconds{queue=\"in\\\"voices\"} 90",
        ]);
    }

    [Fact]
    public async Task A_fair_queue_tells_of_its_lanes()
    {
        var queue = QueueName.Parse("jobs");
        var flood = new Commit().SetQueue(queue, new QueuePolicy { Fairness = QueueFairness.ByGroup });
        for (var i = 0; i < 40; i++)
            flood.Add(new NewMessage { Queue = queue, Content = Body.Empty, Group = "loud" });
        await _engine.CommitAsync(flood);
        await _engine.LeaseAsync(queue, new LeaseRequest { MessagesMax = 30 });
        await _engine.CommitAsync(new Commit().Add(new NewMessage { Queue = queue, Content = Body.Empty, Group = "quiet" }));
        await _engine.LeaseAsync(queue, new LeaseRequest { MessagesMax = 3 });
        _clock.Advance(TimeSpan.FromSeconds(5));

        Lines("posthorn_queue").Where(line => !line.StartsWith('#') && (line.Contains("lane", StringComparison.Ordinal) || line.Contains("noisy", StringComparison.Ordinal) || line.Contains("deferred", StringComparison.Ordinal))).ShouldBe(
        [
            "posthorn_queue_delayed_lane_messages{queue=\"jobs\"} 8",
            "posthorn_queue_delayed_lane_oldest_seconds{queue=\"jobs\"} 5",
            "posthorn_queue_noisy_tenants{queue=\"jobs\"} 1",
            "posthorn_queue_deferred_groups{queue=\"jobs\"} 0",
            "posthorn_queue_noisy_leased_messages{queue=\"jobs\"} 32",
            "posthorn_queue_lane_receives_total{queue=\"jobs\",lane=\"priority\"} 31",
            "posthorn_queue_lane_receives_total{queue=\"jobs\",lane=\"delayed\"} 2",
        ]);
    }

    [Fact]
    public async Task Beyond_a_bound_the_smaller_queues_are_added_up()
    {
        var commit = new Commit();
        for (var i = 0; i < QueueMetrics.QueuesMax + 10; i++)
            commit.Add(new NewMessage { Queue = QueueName.Parse($"q{i}"), Content = Body.Empty });
        await _engine.CommitAsync(commit);

        var ready = Lines("posthorn_queue_messages{").Where(l => l.Contains("state=\"ready\"", StringComparison.Ordinal)).ToArray();
        ready.Length.ShouldBe(QueueMetrics.QueuesMax + 1);
        ready[^1].ShouldBe("posthorn_queue_messages{queue=\"(others)\",state=\"ready\"} 10");
    }

    [Fact]
    public async Task Measuring_from_many_threads_loses_nothing()
    {
        var counter = _meter.CreateCounter<long>("test_threads_total");
        var histogram = _meter.CreateHistogram<double>("test_threads_seconds");
        await Task.WhenAll(Enumerable.Range(0, 8).Select(t => Task.Run(() =>
        {
            for (var i = 0; i < 5_000; i++)
            {
                counter.Add(1, new KeyValuePair<string, object?>("thread", t % 2));
                histogram.Record(0.5);
            }
        })));

        Lines("test_threads_total{").Order().ShouldBe(["test_threads_total{thread=\"0\"} 20000", "test_threads_total{thread=\"1\"} 20000"]);
        Lines("test_threads_seconds_").ShouldContain("test_threads_seconds_count 40000");
        Lines("test_threads_seconds_").ShouldContain("test_threads_seconds_sum 20000");
    }

    private string[] Lines(string about) =>
        _exporter.Export().Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Where(l => l.StartsWith(about, StringComparison.Ordinal) || l.StartsWith($"# HELP {about}", StringComparison.Ordinal) || l.StartsWith($"# TYPE {about}", StringComparison.Ordinal))
            .ToArray();
}

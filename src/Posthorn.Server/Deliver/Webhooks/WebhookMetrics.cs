using System.Diagnostics.Metrics;
using Posthorn.Client.Contracts.Webhooks;
using Posthorn.Server.Operate.Metrics;

namespace Posthorn.Server.Deliver.Webhooks;

/// <summary>What webhooks count, by webhook.</summary>
internal sealed class WebhookMetrics : IDisposable
{
    private readonly Meter _meter = new(ServerMeter.Name);
    private readonly Counter<long> _attempts;
    private readonly Histogram<double> _duration;
    private readonly UpDownCounter<long> _inFlight;

    public WebhookMetrics()
    {
        _attempts = _meter.CreateCounter<long>("posthorn.webhook.attempts", "{attempt}", "Calls of webhooks, by webhook and outcome.");
        _duration = _meter.CreateHistogram<double>("posthorn.webhook.duration", "s", "From the beginning of a webhook's call to its answer, or to giving it up.");
        _inFlight = _meter.CreateUpDownCounter<long>("posthorn.webhook.in_flight", "{call}", "Calls of webhooks under way.");
    }

    /// <summary>Also shows how many endpoints of each webhook are not served.</summary>
    public void Show(Func<IEnumerable<Measurement<int>>> paused) =>
        _meter.CreateObservableGauge("posthorn.webhook.paused", paused, "{endpoint}", "Endpoints of webhooks to which nothing is posted: failing, disabled or paused by hand.");

    public void Began(string webhook) => _inFlight.Add(1, Of(webhook));

    public void Ended(string webhook) => _inFlight.Add(-1, Of(webhook));

    public void Attempted(string webhook, WebhookOutcome outcome, TimeSpan took)
    {
        _attempts.Add(1, Of(webhook), new KeyValuePair<string, object?>("outcome", WordOf(outcome)));
        _duration.Record(took.TotalSeconds, Of(webhook));
    }

    public void Dispose() => _meter.Dispose();

    public static KeyValuePair<string, object?> Of(string webhook) => new("webhook", webhook);

    private static string WordOf(WebhookOutcome outcome) => outcome switch
    {
        WebhookOutcome.Delivered => "delivered",
        WebhookOutcome.Deferred => "deferred",
        WebhookOutcome.DeadLettered => "dead-lettered",
        WebhookOutcome.Waits => "waits",
        _ => throw new ArgumentOutOfRangeException(nameof(outcome), outcome, null),
    };
}

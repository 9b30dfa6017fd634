using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Hosting;
using Posthorn.Clustering;
using Posthorn.Server.Operate.Clustering;

namespace Posthorn.Server.Deliver.Webhooks;

/// <summary>Keeps every webhook at work, from the start to the stop, and takes up what changes between.</summary>
/// <remarks>
/// A stop takes nothing new and waits a while for the calls under way; those that take longer are cut off, and their messages are posted again after
/// the next start, under the same ids.
/// </remarks>
internal sealed class WebhookCourier(
    WebhookBook book, NodeTally tally, WebhookTopics topics, WebhookSettlement settlement, LaneParts parts, WebhookMetrics metrics, WebhookLog log) : BackgroundService
{
    private static readonly TimeSpan s_drain = TimeSpan.FromSeconds(10);

    private readonly CancellationTokenSource _aborting = new();
    private readonly ConcurrentDictionary<string, WebhookRecord> _records = new(StringComparer.Ordinal);
    private readonly Lock _gate = new(); // guards everything below
    private readonly Dictionary<string, WebhookRun> _runs = new(StringComparer.Ordinal);
    private readonly List<Task> _ending = [];
    private bool _isStopping;

    /// <summary>A webhook at work; null when there is none.</summary>
    public WebhookRun? Find(string name)
    {
        lock (_gate)
            return _runs.GetValueOrDefault(name);
    }

    /// <summary>What a webhook did since the start.</summary>
    public WebhookRecord RecordOf(string name) => _records.GetOrAdd(name, _ => new WebhookRecord());

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        book.Load();
        await topics.SyncAsync();
        metrics.Show(Paused);
        tally.Ask(Figures);
        await base.StartAsync(cancellationToken);
    }

    public override void Dispose()
    {
        _aborting.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        book.Changed += Apply;
        book.PauseChanged += ApplyPause;
        parts.Cluster.Changed += Review;
        foreach (var webhook in book.All)
            Apply(webhook.Name);
        await Task.Delay(Timeout.InfiniteTimeSpan, parts.Time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        book.Changed -= Apply;
        book.PauseChanged -= ApplyPause;
        parts.Cluster.Changed -= Review;
        await EndAsync();
    }

    private void Apply(string name)
    {
        WebhookRun? former;
        lock (_gate)
            _runs.Remove(name, out former);
        former?.Stop();
        if (former is not null)
            log.Ended(name, former.Webhook.Queue);
        if (book.Find(name) is not { } webhook)
        {
            _records.TryRemove(name, out _);
            return;
        }
        lock (_gate)
        {
            if (_isStopping)
                return;
            var run = _runs[name] = new WebhookRun(webhook, RecordOf(name), settlement, parts);
            _ending.RemoveAll(t => t.IsCompleted);
            _ending.Add(Task.Run(() => RunAsync(run), CancellationToken.None));
        }
        log.Begun(name, webhook.Queue, webhook.Url.Shown);
    }

    private async Task RunAsync(WebhookRun run)
    {
        using (run)
            await run.RunAsync(book.PauseOf(run.Webhook.Name), _aborting.Token);
    }

    private void Review()
    {
        WebhookRun[] runs;
        lock (_gate)
            runs = [.. _runs.Values];
        foreach (var run in runs)
            run.Review();
    }

    private NodeFigures Figures()
    {
        WebhookRun[] runs;
        lock (_gate)
            runs = [.. _runs.Values];
        return new NodeFigures { Deliveries = runs.Sum(r => r.Lanes().Sum(l => l.InFlight)) };
    }

    private void ApplyPause(string name) => Find(name)?.SetPause(book.PauseOf(name));

    private async Task EndAsync()
    {
        WebhookRun[] runs;
        Task[] ending;
        lock (_gate)
        {
            _isStopping = true;
            (runs, ending) = ([.. _runs.Values], [.. _ending]);
        }
        foreach (var run in runs)
            run.Stop();
        await using var timer = parts.Time.CreateTimer(_ => _aborting.Cancel(), null, s_drain, Timeout.InfiniteTimeSpan);
        await Task.WhenAll(ending);
    }

    private List<Measurement<int>> Paused()
    {
        WebhookRun[] runs;
        lock (_gate)
            runs = [.. _runs.Values];
        return [.. runs.Select(r => new Measurement<int>(PausedOf(r), WebhookMetrics.Of(r.Webhook.Name)))];
    }

    private int PausedOf(WebhookRun run) => book.PauseOf(run.Webhook.Name) is not null
        ? Math.Max(1, run.Lanes().Count)
        : run.Lanes().Count(l => l.State.IsDisabled || l.State.PausedUntil is not null);
}

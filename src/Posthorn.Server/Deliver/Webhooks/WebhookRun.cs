using Posthorn.Commits;
using Posthorn.Engine;
using Posthorn.Leases;
using Posthorn.Queues;

namespace Posthorn.Server.Deliver.Webhooks;

/// <summary>
/// A webhook at work. When all of its messages go to one endpoint it is one lane, which leases from the whole queue. When the URL depends on the message
/// it first sorts: each message gets its endpoint's group, where it stands, and each group that has something is a lane.
/// </summary>
/// <remarks>Limits: a queue in FIFO order is not sorted, because its groups are the order; of many endpoints those that have nothing to do are forgotten.</remarks>
internal sealed class WebhookRun(WebhookOptions webhook, WebhookRecord record, WebhookSettlement settlement, LaneParts parts) : IDisposable
{
    /// <summary>Messages that are sorted in one commit.</summary>
    private const int SortedMax = 100;

    /// <summary>Lanes beyond which those with nothing to do are forgotten.</summary>
    private const int LanesMax = 1_000;

    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _gate = new(); // guards everything below
    private readonly Dictionary<string, (WebhookLane Lane, Task Run)> _lanes = new(StringComparer.Ordinal);
    private HandPause? _pause;

    public WebhookOptions Webhook => webhook;

    /// <summary>Why it cannot work as it is set; null when it can.</summary>
    public string? Fault { get; private set; }

    /// <summary>How its lanes are.</summary>
    public IReadOnlyList<LaneStatus> Lanes()
    {
        lock (_gate)
            return [.. _lanes.Values.Select(l => l.Lane.Status()).OrderBy(l => l.Endpoint, StringComparer.Ordinal)];
    }

    /// <summary>Works until it is stopped, and then until its calls have ended.</summary>
    /// <param name="pause">An administrator's pause; null when there is none.</param>
    /// <param name="aborting">Ends calls that take too long to be waited for.</param>
    public async Task RunAsync(HandPause? pause, CancellationToken aborting)
    {
        SetPause(pause);
        try
        {
            while (!await TryRunAsync(aborting))
                await Task.Delay(s_pause, parts.Time, _stopping.Token);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // As it should.
        }
        catch (EngineFailedException e)
        {
            parts.Log.Stopped(webhook.Name, e);
        }
        await LanesEndedAsync();
    }

    /// <returns>False when the engine cannot be reached: it is begun anew.</returns>
    private async Task<bool> TryRunAsync(CancellationToken aborting)
    {
        try
        {
            if (parts.Engine.Status(webhook.Queue) is null)
                await parts.Engine.CommitAsync(new Commit().MakeQueue(webhook.Queue, QueuePolicy.Default), _stopping.Token);
            if (webhook.Url.IsFixed)
                Open(null, UrlTemplate.EndpointOf(UrlOf()), aborting);
            else if (parts.Engine.Status(webhook.Queue)?.Policy.IsFifo == true)
                Fault = $"the queue '{webhook.Queue}' is in FIFO order, and such a queue goes to one endpoint only: its URL takes no attributes";
            else
                await SortAsync(aborting);
            if (Fault is { } fault)
                parts.Log.Misconfigured(webhook.Name, fault);
            return true;
        }
        catch (EngineUnavailableException e)
        {
            parts.Log.LaneFailed(webhook.Name, webhook.Url.Text, e);
            return false;
        }
    }

    /// <summary>Takes nothing new; the calls under way go on.</summary>
    public void Stop() => _stopping.Cancel();

    /// <summary>After its end.</summary>
    public void Dispose() => _stopping.Dispose();

    public void SetPause(HandPause? pause)
    {
        WebhookLane[] lanes;
        lock (_gate)
        {
            _pause = pause;
            lanes = [.. _lanes.Values.Select(l => l.Lane)];
        }
        foreach (var lane in lanes)
            lane.SetPause(pause);
    }

    /// <summary>The cluster has changed.</summary>
    public void Review()
    {
        WebhookLane[] lanes;
        lock (_gate)
            lanes = [.. _lanes.Values.Select(l => l.Lane)];
        foreach (var lane in lanes)
            lane.Review();
    }

    /// <summary>Forgets what is the matter with its endpoints.</summary>
    public async Task ResumeAsync()
    {
        WebhookLane[] lanes;
        lock (_gate)
            lanes = [.. _lanes.Values.Select(l => l.Lane)];
        foreach (var lane in lanes)
            await lane.ResumeAsync();
    }

    private Uri UrlOf() => webhook.Url.TryExpand(_ => null, out var url, out var reason) ? url : throw new InvalidOperationException(reason);

    private async Task SortAsync(CancellationToken aborting)
    {
        // Those that were disabled or failing are shown, whether they have messages or not.
        foreach (var state in parts.States.Of(webhook.Name))
            Open(LaneKey.Of(state.Endpoint), state.Endpoint, aborting);
        await foreach (var group in parts.Engine.ReadyGroups(webhook.Queue).ReadAllAsync(_stopping.Token))
        {
            if (LaneKey.Is(group))
                Open(group, LaneKey.EndpointOf(group), aborting)?.Announce();
            else
                await SortGroupAsync(group);
        }
    }

    private async Task SortGroupAsync(string group)
    {
        var request = new LeaseRequest { MessagesMax = SortedMax, Group = group, VisibilityTimeout = webhook.LeaseTime };
        while (true)
        {
            var leased = await parts.Engine.LeaseAsync(webhook.Queue, request, _stopping.Token);
            try
            {
                await SortAsync(leased);
            }
            catch (Exception e) when (e is not OperationCanceledException && !EngineOutage.Is(e))
            {
                parts.Log.LaneFailed(webhook.Name, webhook.Url.Text, e);
                await Task.Delay(s_pause, parts.Time, _stopping.Token);
            }
            if (leased.Count < SortedMax)
                return;
        }
    }

    private async Task SortAsync(IReadOnlyList<LeasedMessage> leased)
    {
        var commit = new Commit();
        var sorted = new List<(LeasedMessage Message, string Endpoint)>();
        foreach (var message in leased)
        {
            if (webhook.Url.TryExpand(message.Message.Text, out var url, out var reason))
                sorted.Add((message, UrlTemplate.EndpointOf(url)));
            else
                await TryAsync(() => settlement.GiveUpAsync(webhook, record, message, reason));
        }
        foreach (var (message, endpoint) in sorted)
            WebhookDelivery.RegroupOf(message, endpoint, commit);
        if (sorted.Count == 0)
            return;
        try
        {
            await parts.Engine.CommitAsync(commit, CancellationToken.None);
        }
        catch (CommitConflictException)
        {
            // Somebody took one of them: the others one by one.
            foreach (var (message, endpoint) in sorted)
                await TryAsync(() => parts.Engine.CommitAsync(WebhookDelivery.RegroupOf(message, endpoint, new Commit()), CancellationToken.None).AsTask());
        }
    }

    private static async Task TryAsync(Func<Task> commit)
    {
        try
        {
            await commit();
        }
        catch (CommitConflictException)
        {
            // It is somebody else's now.
        }
    }

    /// <summary>The lane of a group, begun when there is none; null when the webhook is being stopped.</summary>
    private WebhookLane? Open(string? group, string endpoint, CancellationToken aborting)
    {
        lock (_gate)
        {
            if (_lanes.TryGetValue(group ?? "", out var known))
                return known.Lane;
            if (_stopping.IsCancellationRequested)
                return null;
            if (_lanes.Count >= LanesMax)
                ForgetIdle();
            var lane = new WebhookLane(webhook, record, group, endpoint, parts);
            lane.SetPause(_pause);
            _lanes[group ?? ""] = (lane, Task.Run(() => lane.RunAsync(_stopping.Token, aborting), CancellationToken.None));
            return lane;
        }
    }

    /// <summary>Under the gate, and on the loop that announces, so that none is announced to meanwhile.</summary>
    private void ForgetIdle()
    {
        foreach (var (group, (lane, _)) in _lanes.Where(l => l.Value.Lane.IsIdle()).ToList())
        {
            lane.End();
            _lanes.Remove(group);
        }
    }

    private async Task LanesEndedAsync()
    {
        // A lane of a fixed URL works for as long as the webhook does.
        await Task.Delay(Timeout.InfiniteTimeSpan, parts.Time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Task[] runs;
        lock (_gate)
            runs = [.. _lanes.Values.Select(l => l.Run)];
        await Task.WhenAll(runs);
    }
}

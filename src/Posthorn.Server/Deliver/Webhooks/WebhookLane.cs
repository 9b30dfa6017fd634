using Posthorn.Commits;
using Posthorn.Engine;
using Posthorn.Leases;
using Posthorn.Messages;
using Posthorn.Server.Deliver.Rates;

namespace Posthorn.Server.Deliver.Webhooks;

/// <summary>
/// One endpoint: leases its messages, as many as it may have at once and in the time, and posts them. While the endpoint is paused nothing is leased,
/// so nothing of what waits is counted or moved. It shares no limit with any other lane.
/// </summary>
/// <remarks>
/// Diagnostics: what goes wrong here and is not the endpoint's is logged, and the messages come back when their leases end; when the engine is out of
/// service the lane ends. A call that the stop cuts short gives its message back, and that attempt does not count.
/// </remarks>
internal sealed partial class WebhookLane(WebhookOptions webhook, WebhookRecord record, string? group, string endpoint, LaneParts parts)
{
    /// <summary>After a failure of its own, so that it does not spin.</summary>
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);

    /// <summary>The longest that is waited at a time; beyond it a timer might not count.</summary>
    private static readonly TimeSpan s_waitMax = TimeSpan.FromDays(1);

    private readonly Lock _gate = new(); // guards everything below
    private readonly RateLimiter? _rate = webhook.Rate is { } rate ? new RateLimiter(rate) : null;
    private Circuit _circuit = new(webhook, parts.States.Find(webhook.Name, endpoint), parts.Random);
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Action? _stopTaking;
    private DateTimeOffset _restUntil = DateTimeOffset.MinValue;
    private HandPause? _pause;
    private int _era; // counts how often what was permitted before was not any more
    private int _inFlight;
    private int _calls; // those whose end is not all told yet
    private bool _isOwn = IsOwn(webhook, endpoint, parts);
    private bool _isProbing;
    private bool _isAnnounced;
    private bool _isWaiting;
    private bool _isEnded;
    private bool _isUnsaved;
    private bool _isSaving;

    /// <summary>Where its messages go.</summary>
    public string Endpoint => endpoint;

    /// <summary>How it is now.</summary>
    public LaneStatus Status()
    {
        lock (_gate)
            return new LaneStatus(endpoint, _circuit.State, _restUntil, _inFlight);
    }

    /// <summary>Works until it is stopped or ended, and then until its calls have ended.</summary>
    public async Task RunAsync(CancellationToken stopping, CancellationToken aborting)
    {
        try
        {
            while (await TryPermitAsync(stopping) is { } permit)
                await StepAsync(permit, stopping, aborting);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The server stops, or the webhook was changed.
        }
        catch (EngineFailedException e)
        {
            parts.Log.Stopped(webhook.Name, e);
        }
        BringBackAtEnd();
        await DrainedAsync();
    }

    /// <summary>Takes nothing new any more.</summary>
    public void End() => Change(() => _isEnded = true);

    /// <summary>The engine has something for its group.</summary>
    public void Announce() => Change(() =>
    {
        _isAnnounced = true;
        return false;
    });

    /// <summary>Whether nothing would be lost if it were made anew when its group is announced again.</summary>
    public bool IsIdle()
    {
        lock (_gate)
            return _isWaiting && _calls == 0 && !_isAnnounced && _circuit.State == LaneState.Fine && _restUntil < parts.Time.GetUtcNow();
    }

    private async Task StepAsync(Permit permit, CancellationToken stopping, CancellationToken aborting)
    {
        try
        {
            var leased = await TakeAsync(permit, stopping);
            if (leased.Count == 0)
                return;
            if (!TryBegin(permit, leased.Count))
            {
                await GiveBackAsync(leased);
                return;
            }
            foreach (var message in leased)
                _ = Task.Run(() => DeliverAsync(message, permit.IsProbe, aborting), CancellationToken.None);
        }
        catch (Exception e) when (e is not (OperationCanceledException or EngineFailedException))
        {
            parts.Log.LaneFailed(webhook.Name, endpoint, e);
            await Task.Delay(s_pause, parts.Time, stopping);
        }
    }

    /// <summary><see cref="PermitAsync"/> over times at which the engine cannot be reached.</summary>
    private async Task<Permit?> TryPermitAsync(CancellationToken stopping)
    {
        while (true)
        {
            try
            {
                return await PermitAsync(stopping);
            }
            catch (EngineUnavailableException e)
            {
                parts.Log.LaneFailed(webhook.Name, endpoint, e);
                await Task.Delay(s_pause, parts.Time, stopping);
            }
        }
    }

    /// <summary>Waits until something may be leased; null when it is ended.</summary>
    private async Task<Permit?> PermitAsync(CancellationToken stopping)
    {
        DateTimeOffset? since = null;
        while (true)
        {
            stopping.ThrowIfCancellationRequested();
            Permit? permit = null;
            Task changed;
            TimeSpan wait;
            bool isOut, isOwn;
            lock (_gate)
            {
                if (_isEnded)
                    return null;
                isOwn = _isOwn;
                var now = parts.Time.GetUtcNow();
                (var count, var isProbe, wait) = Decide(now);
                if (count > 0)
                    permit = new Permit(count, isProbe, _era);
                (since, isOut) = (since ?? now, _pause is not null || _circuit.IsDisabled || _circuit.PausedUntil is not null || _restUntil > now);
                changed = _changed.Task;
            }
            if (permit is not null)
            {
                if (!permit.IsProbe)
                    BringBack(); // a probe is yet to show that somebody is there
                return permit;
            }
            if (isOwn)
                wait = PutAside(since.Value, isOut, wait);
            else
                BringBack(); // whether it is put aside is its node's to say
            await changed.WaitAsync(wait < s_waitMax ? wait : s_waitMax, parts.Time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>How many may be leased now, or how long to wait at most until that may be another answer. Under the gate.</summary>
    private (int Count, bool IsProbe, TimeSpan Wait) Decide(DateTimeOffset now)
    {
        if (!_isOwn || _pause is not null || _circuit.IsDisabled)
            return (0, false, s_waitMax);
        if (_restUntil > now)
            return (0, false, _restUntil - now);
        if (_circuit.PausedUntil is { } until)
            return _isProbing ? (0, false, s_waitMax) : until > now ? (0, false, until - now) : (1, true, default);
        // Of a FIFO queue one at a time: another of the same group would go out before this one is done.
        var free = Math.Min(webhook.Concurrency - _inFlight, parts.Engine.Status(webhook.Queue)?.Policy.IsFifo == true ? 1 : int.MaxValue);
        if (free <= 0)
            return (0, false, s_waitMax);
        if (_rate is null)
            return (free, false, default);
        var allowed = _rate.Take(free, now);
        _rate.GiveBack(allowed); // taken when there are messages
        return (allowed, false, _rate.NextAt - now);
    }

    /// <summary>Waits for messages; none when the permit ended meanwhile.</summary>
    private async Task<IReadOnlyList<LeasedMessage>> TakeAsync(Permit permit, CancellationToken stopping)
    {
        using var taking = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        lock (_gate)
        {
            if (permit.Era != _era)
                return [];
            _stopTaking = taking.Cancel;
        }
        var request = new LeaseRequest
        {
            MessagesMax = permit.Count, Group = group, VisibilityTimeout = webhook.LeaseTime, Wait = group is null ? Timeout.InfiniteTimeSpan : TimeSpan.Zero,
        };
        try
        {
            while (true)
            {
                var leased = await parts.Engine.LeaseAsync(webhook.Queue, request, taking.Token);
                if (leased.Count > 0)
                    return leased;
                await AnnouncedAsync(taking.Token); // a queue of one endpoint waits within the engine
            }
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            return [];
        }
        finally
        {
            lock (_gate)
                (_stopTaking, _isWaiting) = (null, false);
        }
    }

    /// <summary>Waits until the engine has something for the group.</summary>
    private async Task AnnouncedAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                _isWaiting = !_isAnnounced;
                if (_isAnnounced)
                {
                    _isAnnounced = false;
                    return;
                }
                changed = _changed.Task;
            }
            await changed.WaitAsync(cancellationToken);
        }
    }

    private bool TryBegin(Permit permit, int count)
    {
        lock (_gate)
        {
            if (permit.Era != _era)
                return false;
            (_inFlight, _calls) = (_inFlight + count, _calls + count);
            _isProbing |= permit.IsProbe;
            _rate?.Take(count, parts.Time.GetUtcNow());
            return true;
        }
    }

    private async Task DeliverAsync(LeasedMessage leased, bool isProbe, CancellationToken aborting)
    {
        var end = CallEnd.NoCall;
        try
        {
            end = await parts.Delivery.RunAsync(webhook, record, group, leased, isProbe, aborting);
        }
        catch (OperationCanceledException) when (aborting.IsCancellationRequested)
        {
            await TryGiveBackAsync(leased);
        }
        catch (CommitConflictException)
        {
            // An administrator took it, or the lease ended: it is somebody else's now.
        }
        catch (EngineFailedException)
        {
            // The loop meets it too, and says so.
        }
        catch (Exception e)
        {
            parts.Log.LaneFailed(webhook.Name, endpoint, e);
        }
        if (Ended(end, isProbe))
            await SaveAsync();
        Change(() =>
        {
            _calls--;
            return false;
        });
    }

    private async Task TryGiveBackAsync(LeasedMessage leased)
    {
        try
        {
            await GiveBackAsync([leased]);
        }
        catch (Exception e)
        {
            // It comes back with the end of its lease.
            parts.Log.LaneFailed(webhook.Name, endpoint, e);
        }
    }

    /// <summary>Gives messages back as if they had not been leased.</summary>
    private async Task GiveBackAsync(IReadOnlyList<LeasedMessage> leased)
    {
        var commit = new Commit();
        foreach (var message in leased)
            commit.Release(message, default, new MessageChanges { ReceiveCount = WebhookDelivery.Uncounted(message.Message) });
        await parts.Engine.CommitAsync(commit, CancellationToken.None);
    }

    private async Task DrainedAsync()
    {
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                if (_calls == 0)
                    return;
                changed = _changed.Task;
            }
            await changed;
        }
    }
}

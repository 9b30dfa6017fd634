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
internal sealed class WebhookLane(WebhookOptions webhook, WebhookRecord record, string? group, string endpoint, LaneParts parts)
{
    /// <summary>The longest rest that an endpoint can ask for.</summary>
    private static readonly TimeSpan s_restMax = TimeSpan.FromHours(1);

    /// <summary>After a failure of its own, so that it does not spin.</summary>
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);

    /// <summary>The longest that is waited at a time; beyond it a timer might not count.</summary>
    private static readonly TimeSpan s_waitMax = TimeSpan.FromDays(1);

    private readonly SemaphoreSlim _announced = new(0, 1);
    private readonly SemaphoreSlim _saving = new(1);
    private readonly RateLimiter? _rate = webhook.Rate is { } rate ? new RateLimiter(rate) : null; // the loop's

    private readonly Lock _gate = new(); // guards everything below
    private readonly Circuit _circuit = new(webhook, parts.States.Find(webhook.Name, endpoint), parts.Random);
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private CancellationTokenSource _closing = new();
    private DateTimeOffset _restUntil = DateTimeOffset.MinValue;
    private HandPause? _pause;
    private int _inFlight;
    private bool _isProbing;
    private bool _isWaiting;

    /// <summary>Where its messages go.</summary>
    public string Endpoint => endpoint;

    /// <summary>How it is now.</summary>
    public LaneStatus Status()
    {
        lock (_gate)
            return new LaneStatus(endpoint, _circuit.State, _restUntil, _inFlight);
    }

    /// <summary>Works until it is stopped, and then until its calls have ended.</summary>
    public async Task RunAsync(CancellationToken stopping, CancellationToken aborting)
    {
        try
        {
            while (!stopping.IsCancellationRequested)
                await StepAsync(stopping, aborting);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The server stops, or the webhook was changed.
        }
        catch (EngineFailedException e)
        {
            parts.Log.Stopped(webhook.Name, e);
        }
        await DrainedAsync();
    }

    /// <summary>The engine has something for its group.</summary>
    public void Announce()
    {
        lock (_gate)
        {
            if (_announced.CurrentCount == 0)
                _announced.Release();
        }
    }

    /// <summary>Pauses it by an administrator's hand, or ends that.</summary>
    public void SetPause(HandPause? pause) => Change(() =>
    {
        _pause = pause;
        return pause is not null;
    });

    /// <summary>Forgets what was the matter; the next message is posted at once.</summary>
    public async Task ResumeAsync()
    {
        var wasKept = false;
        Change(() =>
        {
            (wasKept, _restUntil, _isProbing) = (_circuit.Succeed(), DateTimeOffset.MinValue, false);
            return false;
        });
        if (wasKept)
            await SaveAsync();
    }

    /// <summary>Whether nothing would be lost if it were made anew when its group is announced again.</summary>
    public bool IsIdle()
    {
        lock (_gate)
            return _isWaiting && _inFlight == 0 && _announced.CurrentCount == 0 && _circuit.State == LaneState.Fine && _restUntil < parts.Time.GetUtcNow();
    }

    private async Task StepAsync(CancellationToken stopping, CancellationToken aborting)
    {
        try
        {
            var permit = await PermitAsync(stopping);
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

    /// <summary>Waits until something may be leased.</summary>
    private async Task<Permit> PermitAsync(CancellationToken stopping)
    {
        while (true)
        {
            Task changed;
            TimeSpan wait;
            lock (_gate)
            {
                (var count, var isProbe, wait) = Decide(parts.Time.GetUtcNow());
                if (count > 0)
                {
                    if (_closing.IsCancellationRequested)
                        _closing = new CancellationTokenSource();
                    return new Permit(count, isProbe, _closing.Token);
                }
                changed = _changed.Task;
            }
            await changed.WaitAsync(wait < s_waitMax ? wait : s_waitMax, parts.Time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            stopping.ThrowIfCancellationRequested();
        }
    }

    /// <summary>How many may be leased now, or how long to wait at most until that may be another answer. Under the gate.</summary>
    private (int Count, bool IsProbe, TimeSpan Wait) Decide(DateTimeOffset now)
    {
        if (_pause is not null || _circuit.IsDisabled)
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
        using var either = CancellationTokenSource.CreateLinkedTokenSource(permit.Closing, stopping);
        var request = new LeaseRequest
        {
            MessagesMax = permit.Count, Group = group, VisibilityTimeout = webhook.LeaseTime, Wait = group is null ? Timeout.InfiniteTimeSpan : TimeSpan.Zero,
        };
        try
        {
            while (true)
            {
                var leased = await parts.Engine.LeaseAsync(webhook.Queue, request, either.Token);
                if (leased.Count > 0)
                    return leased;
                SetWaiting(isWaiting: true);
                await _announced.WaitAsync(either.Token); // a queue of one endpoint waits within the engine
                SetWaiting(isWaiting: false);
            }
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            SetWaiting(isWaiting: false);
            return [];
        }
    }

    private void SetWaiting(bool isWaiting)
    {
        lock (_gate)
            _isWaiting = isWaiting;
    }

    private bool TryBegin(Permit permit, int count)
    {
        lock (_gate)
        {
            if (permit.Closing.IsCancellationRequested)
                return false;
            _inFlight += count;
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
        if (End(end, isProbe))
            await SaveAsync();
    }

    /// <summary>A call ended.</summary>
    /// <returns>Whether the endpoint's state is to be kept.</returns>
    private bool End(CallEnd end, bool isProbe)
    {
        var isNews = false;
        Change(() =>
        {
            var now = parts.Time.GetUtcNow();
            _inFlight--;
            if (isProbe)
                _isProbing = false;
            isNews = end.Verdict switch
            {
                CallVerdict.Answers => _circuit.Succeed(),
                CallVerdict.Fails => _circuit.Fail(isProbe, now, end.Reason),
                CallVerdict.Gone => _circuit.End(now, end.Reason),
                CallVerdict.None => false,
                _ => throw new InvalidOperationException($"{end.Verdict} is no verdict."),
            };
            if (end.Rest is { } rest)
                _restUntil = now + (rest < s_restMax ? rest : s_restMax);
            return end.Rest is not null || (isNews && end.Verdict != CallVerdict.Answers);
        });
        return isNews;
    }

    /// <summary>Changes what the gate guards, and lets the loop look again.</summary>
    /// <param name="change">The change; says whether what was permitted before is not any more.</param>
    private void Change(Func<bool> change)
    {
        TaskCompletionSource changed;
        CancellationTokenSource? closing;
        lock (_gate)
        {
            closing = change() ? _closing : null;
            changed = _changed;
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
        closing?.Cancel(); // outside: the engine's lock is taken for it
        changed.TrySetResult();
    }

    /// <summary>Keeps the state as it is when its turn comes, so that the last one kept is the last one there was.</summary>
    private async Task SaveAsync()
    {
        await _saving.WaitAsync();
        try
        {
            LaneState state;
            bool isTold;
            lock (_gate)
            {
                isTold = _circuit.IsToBeTold(parts.Time.GetUtcNow());
                if (isTold)
                    _circuit.Told();
                state = _circuit.State;
            }
            Log(state);
            await parts.States.SaveAsync(webhook, endpoint, state, isTold);
        }
        catch (Exception e)
        {
            // It is only a note; the lane goes on as it should.
            parts.Log.NotKept(webhook.Name, endpoint, e);
        }
        finally
        {
            _saving.Release();
        }
    }

    private void Log(LaneState state)
    {
        if (state.IsDisabled)
            parts.Log.Disabled(webhook.Name, endpoint, state.Reason);
        else if (state.PausedUntil is not null)
            parts.Log.Paused(webhook.Name, endpoint, state.FailingSince, state.PausedUntil, state.Reason);
        else
            parts.Log.Recovered(webhook.Name, endpoint);
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
                if (_inFlight == 0)
                    return;
                changed = _changed.Task;
            }
            await changed;
        }
    }
}

namespace Posthorn.Server.Deliver.Webhooks;

// How the endpoint is: what changes it, and that it is kept and told.
internal sealed partial class WebhookLane
{
    /// <summary>The longest rest that an endpoint can ask for.</summary>
    private static readonly TimeSpan s_restMax = TimeSpan.FromHours(1);

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

    /// <summary>A call ended.</summary>
    /// <returns>Whether the endpoint's state is to be kept.</returns>
    private bool Ended(CallEnd end, bool isProbe)
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
        Action? stopTaking = null;
        lock (_gate)
        {
            if (change())
            {
                _era++;
                stopTaking = _stopTaking;
            }
            changed = _changed;
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
        try
        {
            stopTaking?.Invoke(); // outside: the engine's lock is taken for it
        }
        catch (ObjectDisposedException)
        {
            // It was taken at this moment: what was leased finds its permit too old.
        }
        changed.TrySetResult();
    }

    /// <summary>Keeps the state as it is now; what changes meanwhile is kept after it, so that the last one kept is the last one there was.</summary>
    private async Task SaveAsync()
    {
        lock (_gate)
        {
            _isUnsaved = true;
            if (_isSaving)
                return;
            _isSaving = true;
        }
        while (StateToSave() is { } unsaved)
        {
            try
            {
                Log(unsaved.State);
                await parts.States.SaveAsync(webhook, endpoint, unsaved.State, unsaved.IsTold);
            }
            catch (Exception e)
            {
                // It is only a note; the lane goes on as it should.
                parts.Log.NotKept(webhook.Name, endpoint, e);
            }
        }
    }

    /// <summary>What is to be kept, and whether the owner is to be told with it; null when all is, and nobody is saving any more.</summary>
    private (LaneState State, bool IsTold)? StateToSave()
    {
        lock (_gate)
        {
            if (!_isUnsaved)
            {
                _isSaving = false;
                return null;
            }
            _isUnsaved = false;
            var isTold = _circuit.IsToBeTold(parts.Time.GetUtcNow());
            if (isTold)
                _circuit.Told();
            return (_circuit.State, isTold);
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
}

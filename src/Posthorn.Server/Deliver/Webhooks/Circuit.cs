namespace Posthorn.Server.Deliver.Webhooks;

/// <summary>
/// Whether an endpoint is worth trying: after a few failures in a row it is left alone and tried with one message now and then; after days of nothing
/// but failures it is disabled. No clock and no I/O: told what happened and when, it says what follows. Guarded by its owner.
/// </summary>
internal sealed class Circuit
{
    /// <summary>Failures that make an outage certain, together with the time they are spread over.</summary>
    private const int CertainFailures = 3;

    private readonly WebhookOptions _options;
    private readonly Random _random;
    private LaneState _state;
    private int _failures;

    // Of the window in which failures are counted until the outage is certain.
    private DateTimeOffset _windowAt;
    private int _windowFailures;

    /// <param name="options">Its webhook.</param>
    /// <param name="kept">How it was when the server stopped; null when nothing was the matter.</param>
    /// <param name="random">Where chance comes from.</param>
    public Circuit(WebhookOptions options, LaneState? kept, Random random) => (_options, _state, _random) = (options, kept ?? LaneState.Fine, random);

    /// <summary>How it is, to be kept.</summary>
    public LaneState State => _state;

    public bool IsDisabled => _state.IsDisabled;

    /// <summary>Until when nothing is tried; null while it is not paused.</summary>
    public DateTimeOffset? PausedUntil => _state.PausedUntil;

    /// <summary>Somebody is there.</summary>
    /// <returns>Whether it was paused or disabled, and that is to be forgotten.</returns>
    public bool Succeed()
    {
        var wasKept = _state.Pauses > 0 || _state.IsDisabled;
        (_state, _failures, _windowFailures) = (LaneState.Fine, 0, 0);
        return wasKept;
    }

    /// <summary>A call failed in a way that speaks of the endpoint and not of the message.</summary>
    /// <returns>Whether it is to be kept: it was paused, for longer, or disabled.</returns>
    public bool Fail(bool isProbe, DateTimeOffset now, string reason)
    {
        if (_state.IsDisabled)
            return false;
        _failures++;
        _state = _state with { FailingSince = _state.FailingSince ?? now, Reason = reason, CertainSince = _state.CertainSince ?? CertainSince(now) };
        if (_options.DisableAfter is { } patience && now - _state.CertainSince >= patience)
        {
            _state = _state with { IsDisabled = true, PausedUntil = null };
            return true;
        }
        // Those that were under way when it was paused say nothing new.
        if (_state.PausedUntil is null ? _failures < _options.PauseAfter : !isProbe)
            return false;
        var pauses = _state.Pauses + 1;
        _state = _state with { Pauses = pauses, PausedUntil = now + _options.Probes.DelayFor(pauses, _options.Jitter, _random) };
        return true;
    }

    /// <summary>The endpoint says that it is no more (410).</summary>
    /// <returns>Whether that is news.</returns>
    public bool End(DateTimeOffset now, string reason)
    {
        if (_state.IsDisabled)
            return false;
        _state = _state with { IsDisabled = true, PausedUntil = null, FailingSince = _state.FailingSince ?? now, Reason = reason };
        return true;
    }

    /// <summary>Whether its owner is to be told now, which is once an outage, and once more when it is disabled.</summary>
    public bool IsToBeTold(DateTimeOffset now) => _state.IsDisabled
        ? !_state.IsEndTold
        : !_state.IsTold && _state.PausedUntil is not null && now - _state.FailingSince >= _options.NotifyAfter;

    /// <summary>Its owner was told.</summary>
    public void Told() => _state = _state.IsDisabled ? _state with { IsTold = true, IsEndTold = true } : _state with { IsTold = true };

    /// <summary>Once there were several failures, and far enough apart that it was no short outage.</summary>
    private DateTimeOffset? CertainSince(DateTimeOffset now)
    {
        if (_options.DisableAfter is not { } patience)
            return null;
        if (_windowFailures == 0 || now - _windowAt > patience / 5)
            (_windowAt, _windowFailures) = (now, 0);
        _windowFailures++;
        return _windowFailures >= CertainFailures && now - _windowAt >= patience / 10 ? now : null;
    }
}

using Microsoft.Extensions.Logging;
using Posthorn.Engine;
using Posthorn.Leases;
using Posthorn.Queues;
using Posthorn.Embedded.Telemetry;

namespace Posthorn.Embedded.Consuming;

/// <summary>A lease in a consumer's hands: is extended at half of its time, and tells when it has ended.</summary>
/// <remarks>
/// Diagnostics: an engine that answers that the lease has ended, a failed or closed one, or the lease's own end makes it lost.
/// Any other failure to extend is logged and tried again until the lease's end.
/// </remarks>
internal sealed class HeldLease
{
    private static readonly TimeSpan TimerMax = TimeSpan.FromDays(1); // far below what a timer can count

    private readonly StoreContext _context;
    private readonly QueueName _queue;
    private readonly ReceiptHandle _handle;
    private readonly TimeSpan _duration;
    private readonly long _startedAt;
    private readonly ITimer _timer;

    private readonly Lock _gate = new(); // guards the fields below
    private LeaseState _state;
    private TimeSpan _extendFor;
    private TimeSpan _endsAfter; // on the monotonic clock, from _startedAt
    private DateTimeOffset _expiresAt;
    private CancellationTokenSource? _lost;
    private Action? _onEnd;

    /// <param name="context">The store.</param>
    /// <param name="leased">What was leased.</param>
    /// <param name="duration">How long the lease lasts, and how long each extension.</param>
    /// <param name="extendFor">For how long it is extended in all; zero is not at all.</param>
    public HeldLease(StoreContext context, LeasedMessage leased, TimeSpan duration, TimeSpan extendFor)
    {
        (_context, _queue, _handle, _duration, _extendFor) = (context, leased.Message.Queue, leased.Handle, duration, extendFor);
        (_startedAt, _endsAfter, _expiresAt) = (context.Time.GetTimestamp(), duration, leased.ExpiresAt);
        _timer = context.Time.CreateTimer(static lease => ((HeldLease)lease!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        QueueMetrics.Took(_queue);
        lock (_gate)
            Schedule(TimeSpan.Zero);
    }

    public DateTimeOffset ExpiresAt
    {
        get
        {
            lock (_gate)
                return _expiresAt;
        }
    }

    public bool IsEnded
    {
        get
        {
            lock (_gate)
                return _state is LeaseState.Settled or LeaseState.Lost;
        }
    }

    public bool IsLost
    {
        get
        {
            lock (_gate)
                return _state == LeaseState.Lost;
        }
    }

    public CancellationToken Lost
    {
        get
        {
            lock (_gate)
            {
                if (_state == LeaseState.Lost)
                    return new CancellationToken(canceled: true);
                return (_lost ??= new CancellationTokenSource()).Token; // no timer and no handle in it: nothing to dispose of
            }
        }
    }

    /// <summary>Calls back once when it has ended or was abandoned; at once when it has ended already.</summary>
    public void OnEnd(Action callback)
    {
        lock (_gate)
        {
            if (_state is LeaseState.Held or LeaseState.Settling)
            {
                _onEnd += callback;
                return;
            }
        }
        callback();
    }

    /// <summary>Takes the right to settle it.</summary>
    /// <returns>What it was; only from <see cref="LeaseState.Held"/> the caller has the right now.</returns>
    public LeaseState BeginSettling()
    {
        lock (_gate)
        {
            var before = _state;
            if (before == LeaseState.Held)
                _state = LeaseState.Settling;
            return before;
        }
    }

    /// <summary>The commit did not happen and might be tried again.</summary>
    public void Keep()
    {
        lock (_gate)
        {
            if (_state != LeaseState.Settling)
                return;
            _state = LeaseState.Held;
            Schedule(Elapsed);
        }
    }

    /// <summary>Lets it run out: nobody works on its message any more, and it could not be given back. Who waits for its end waits no longer.</summary>
    public void Abandon()
    {
        Action? onEnd;
        lock (_gate)
        {
            _extendFor = TimeSpan.Zero;
            Schedule(Elapsed);
            (onEnd, _onEnd) = (_onEnd, null);
        }
        onEnd?.Invoke();
    }

    public void Settled() => End(LeaseState.Settled);

    /// <summary>The engine says that it has ended.</summary>
    public void Lose() => End(LeaseState.Lost);

    /// <returns>False when it has ended.</returns>
    public async ValueTask<bool> ExtendAsync(TimeSpan duration, CancellationToken cancellationToken)
    {
        if (IsEnded)
            return false;
        var elapsed = Elapsed; // before the engine's, so that the end is never thought to be later than it is
        var end = await _context.Engine.ExtendAsync(_handle, duration, cancellationToken);
        lock (_gate)
        {
            if (end is { } expiresAt)
            {
                (_expiresAt, _endsAfter) = (expiresAt, elapsed + duration);
                Schedule(elapsed);
                return true;
            }
            if (_state != LeaseState.Held)
                return _state == LeaseState.Settling; // what settles it may have ended it; it knows
        }
        Lose();
        return false;
    }

    private TimeSpan Elapsed => _context.Time.GetElapsedTime(_startedAt);

    /// <summary>Under the gate: when to look next.</summary>
    private void Schedule(TimeSpan elapsed)
    {
        if (_state is LeaseState.Settled or LeaseState.Lost)
            return;
        var wait = _endsAfter - elapsed;
        if (elapsed < _extendFor)
            wait /= 2;
        _timer.Change(wait < TimeSpan.Zero ? TimeSpan.Zero : wait < TimerMax ? wait : TimerMax, Timeout.InfiniteTimeSpan);
    }

    private void OnTimer()
    {
        var elapsed = Elapsed;
        bool isOver;
        lock (_gate)
        {
            if (_state is LeaseState.Settled or LeaseState.Lost)
                return;
            isOver = elapsed >= _endsAfter;
            if (isOver && _state == LeaseState.Settling)
                return; // the commit decides
            if (!isOver && elapsed >= _extendFor)
            {
                Schedule(elapsed);
                return;
            }
        }
        if (isOver)
            Lose();
        else
            _ = ExtendByItselfAsync(); // also while a commit that settles it is on its way: a disk may be slow
    }

    private async Task ExtendByItselfAsync()
    {
        try
        {
            await ExtendAsync(_duration, CancellationToken.None);
        }
        catch (Exception e) when (e is EngineFailedException or ObjectDisposedException)
        {
            Lose(); // with the engine, or its process
        }
        catch (Exception e)
        {
            _context.Log.LeaseNotExtended(e, _handle.Message, _queue);
            lock (_gate)
                Schedule(Elapsed);
        }
    }

    private void End(LeaseState state)
    {
        CancellationTokenSource? lost;
        Action? onEnd;
        lock (_gate)
        {
            if (_state is LeaseState.Settled or LeaseState.Lost)
                return;
            _state = state;
            (lost, onEnd, _onEnd) = (_lost, _onEnd, null);
        }
        _timer.Dispose();
        QueueMetrics.Ended(_queue, isLost: state == LeaseState.Lost);
        if (state == LeaseState.Lost)
            lost?.Cancel();
        onEnd?.Invoke();
    }
}

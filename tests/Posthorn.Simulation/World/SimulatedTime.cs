namespace Posthorn.Simulation.World;

/// <summary>The machine's virtual time. Moves only when nothing else is ready, from timer to timer; callbacks are posted, never run inside a move.</summary>
/// <remarks>Wall time and monotonic time are apart: somebody may set the clock. Processes get a <see cref="ProcessTime"/> each.</remarks>
public sealed class SimulatedTime(SimulationContext context, DateTimeOffset start) : TimeProvider
{
    private readonly PriorityQueue<SimulatedTimer, (long Due, long Order)> _timers = new();
    private long _ticks;
    private long _order;
    private TimeSpan _wallStep;

    public override DateTimeOffset GetUtcNow() => start + TimeSpan.FromTicks(_ticks) + _wallStep;

    public override long GetTimestamp() => _ticks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <summary>Time since the machine was switched on; no step of the clock changes it.</summary>
    public TimeSpan Elapsed => TimeSpan.FromTicks(_ticks);

    /// <summary>How often the clock was set.</summary>
    public int WallSteps { get; private set; }

    /// <summary>Somebody sets the machine's clock: wall time jumps, monotonic time does not.</summary>
    public void StepWallClock(TimeSpan by)
    {
        WallSteps++;
        _wallStep += by;
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => CreateTimer(null, callback, state, dueTime, period);

    internal ITimer CreateTimer(ProcessTime? owner, TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new SimulatedTimer(this, owner, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Moves to the next timer and posts its callback; false when there is none.</summary>
    internal bool MoveToNextTimer()
    {
        while (_timers.TryDequeue(out var timer, out var at))
        {
            if (timer.Due != at.Due || timer.Order != at.Order || timer.IsOfDeadProcess)
                continue; // Changed or disposed since it was queued, or nobody is left to hear it.
            _ticks = Math.Max(_ticks, at.Due);
            timer.Fire();
            return true;
        }
        return false;
    }

    private void Post(SendOrPostCallback callback, object? state) => context.Post(callback, state);

    private sealed class SimulatedTimer(SimulatedTime time, ProcessTime? owner, TimerCallback callback, object? state) : ITimer
    {
        private long _period;

        public long Due { get; private set; } = -1;

        public long Order { get; private set; }

        public bool IsOfDeadProcess => owner is { IsDead: true };

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            _period = period > TimeSpan.Zero ? period.Ticks : 0;
            if (dueTime < TimeSpan.Zero)
                Due = -1;
            else
                Queue(time._ticks + dueTime.Ticks);
            return true;
        }

        public void Fire()
        {
            Due = -1;
            if (_period > 0)
                Queue(time._ticks + _period);
            time.Post(_ => callback(state), callback);
        }

        public void Dispose() => Due = -1;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        private void Queue(long due)
        {
            Due = due;
            Order = time._order++;
            time._timers.Enqueue(this, (Due, Order));
        }
    }
}

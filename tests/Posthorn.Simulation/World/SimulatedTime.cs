namespace Posthorn.Simulation.World;

/// <summary>Virtual time. Moves only when nothing else is ready, from timer to timer; callbacks are posted, never run inside a move.</summary>
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

    /// <summary>Somebody sets the machine's clock: wall time jumps, monotonic time does not.</summary>
    public void StepWallClock(TimeSpan by) => _wallStep += by;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new SimulatedTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Moves to the next timer and posts its callback; false when there is none.</summary>
    internal bool MoveToNextTimer()
    {
        while (_timers.TryDequeue(out var timer, out var at))
        {
            if (timer.Due != at.Due || timer.Order != at.Order)
                continue; // Changed or disposed since it was queued.
            _ticks = Math.Max(_ticks, at.Due);
            timer.Fire();
            return true;
        }
        return false;
    }

    private sealed class SimulatedTimer(SimulatedTime time, TimerCallback callback, object? state) : ITimer
    {
        private long _period;

        public long Due { get; private set; } = -1;

        public long Order { get; private set; }

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
            time.Post(_ => callback(state), null);
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

    private void Post(SendOrPostCallback callback, object? state) => context.Post(callback, state);
}

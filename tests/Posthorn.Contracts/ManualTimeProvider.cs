using Shouldly;

namespace Posthorn.Contracts;

/// <summary>A clock moved by hand; the wall clock and the monotonic one move together unless the wall clock is set. Timers fire inside <see cref="Advance"/>.</summary>
public sealed class ManualTimeProvider(DateTimeOffset start) : TimeProvider
{
    // Guards everything below. Callbacks run outside of it.
    private readonly Lock _gate = new();
    private readonly List<ManualTimer> _timers = [];
    private DateTimeOffset _wall = start;
    private long _ticks;
    private long _order;

    public ManualTimeProvider() : this(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero))
    {
    }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate)
            return _wall;
    }

    public override long GetTimestamp()
    {
        lock (_gate)
            return _ticks;
    }

    /// <summary>Sets the wall clock, as an administrator or NTP does; no timer fires by it.</summary>
    public void SetWall(DateTimeOffset time)
    {
        lock (_gate)
            _wall = time;
    }

    /// <summary>Whether something waits for just this long: what is to happen then has been set before the clock is moved.</summary>
    public bool HasTimerIn(TimeSpan time)
    {
        lock (_gate)
            return _timers.Exists(timer => timer.At == _ticks + time.Ticks);
    }

    /// <summary>Moves both clocks, timer by timer in the order of their times.</summary>
    public void Advance(TimeSpan by)
    {
        long end;
        lock (_gate)
            end = _ticks + by.Ticks;
        while (true)
        {
            ManualTimer? next;
            lock (_gate)
            {
                next = _timers.Where(timer => timer.At <= end).OrderBy(timer => timer.At).ThenBy(timer => timer.Order).FirstOrDefault();
                MoveTo(next is null ? end : Math.Max(next.At, _ticks));
                if (next is null)
                    return;
                next.Rearm(ref _order);
                if (next.At == long.MaxValue)
                    _timers.Remove(next);
            }
            next.Fire();
        }
    }

    /// <summary>Moves both clocks on, a step at a time, until something is so that others do meanwhile.</summary>
    /// <param name="isSo">Whether it is so.</param>
    /// <param name="step">How far the clocks go between two looks.</param>
    /// <param name="patience">Real time after which the test has failed.</param>
    /// <param name="state">What is told then; null tells nothing more.</param>
    public async Task UntilAsync(Func<bool> isSo, TimeSpan step, TimeSpan patience, Func<string>? state = null)
    {
        var started = System.GetTimestamp();
        while (!isSo())
        {
            System.GetElapsedTime(started).ShouldBeLessThan(patience, $"what was waited for did not happen; {state?.Invoke()}");
            Advance(step);
            await Task.Yield();
        }
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private void MoveTo(long ticks)
    {
        _wall += TimeSpan.FromTicks(ticks - _ticks);
        _ticks = ticks;
    }

    private sealed class ManualTimer(ManualTimeProvider time, TimerCallback callback, object? state) : ITimer
    {
        private TimeSpan _period;

        public long At { get; private set; } = long.MaxValue;

        public long Order { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (time._gate)
            {
                time._timers.Remove(this);
                _period = period;
                At = dueTime == Timeout.InfiniteTimeSpan ? long.MaxValue : time._ticks + dueTime.Ticks;
                Order = time._order++;
                if (At != long.MaxValue)
                    time._timers.Add(this);
            }
            return true;
        }

        public void Rearm(ref long order)
        {
            At = _period > TimeSpan.Zero ? At + _period.Ticks : long.MaxValue;
            Order = order++;
        }

        public void Fire() => callback(state);

        public void Dispose() => Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}

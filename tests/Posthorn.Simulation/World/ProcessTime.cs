namespace Posthorn.Simulation.World;

/// <summary>The machine's time as one process has it: when the process is dead its timers fire no more.</summary>
public sealed class ProcessTime(SimulatedTime machine) : TimeProvider
{
    public bool IsDead { get; private set; }

    public override long TimestampFrequency => machine.TimestampFrequency;

    public override TimeZoneInfo LocalTimeZone => machine.LocalTimeZone;

    public override DateTimeOffset GetUtcNow() => machine.GetUtcNow();

    public override long GetTimestamp() => machine.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        machine.CreateTimer(this, callback, state, dueTime, period);

    public void Die() => IsDead = true;
}

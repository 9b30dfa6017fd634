namespace Posthorn.Simulation.Audit;

/// <summary>When a message is due that a commit puts somewhere: so long after the commit, or at a time, but not before the commit.</summary>
public sealed record DueRule(TimeSpan? In, DateTimeOffset At)
{
    public static DueRule AtOnce { get; } = After(TimeSpan.Zero);

    public static DueRule After(TimeSpan delay) => new(delay, default);

    public override string ToString() => In is { } delay ? $"in {delay}" : $"at {At:HH:mm:ss.fff}";

    public static DueRule When(DateTimeOffset at) => new(null, at);
}

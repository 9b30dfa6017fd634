namespace Posthorn.UnitTests.Operate.Admin;

/// <summary>A clock that stands still until it is set, so that ages in answers are the same each time. Timers are real.</summary>
internal sealed class HostTime : TimeProvider
{
    public DateTimeOffset Now { get; set; } = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    public override DateTimeOffset GetUtcNow() => Now;
}

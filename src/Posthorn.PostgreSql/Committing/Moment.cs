namespace Posthorn.PostgreSql.Committing;

/// <summary>One moment on both clocks, in ticks.</summary>
/// <param name="Wall">The wall clock: due times, ages, windows.</param>
/// <param name="Steady">The clock that nobody sets: leases.</param>
internal readonly record struct Moment(long Wall, long Steady)
{
    /// <summary>A time that much later, no later than the end of time.</summary>
    public static long Later(long ticks, TimeSpan by) => DateTimeOffset.MaxValue.UtcTicks - ticks < by.Ticks ? DateTimeOffset.MaxValue.UtcTicks : ticks + by.Ticks;
}

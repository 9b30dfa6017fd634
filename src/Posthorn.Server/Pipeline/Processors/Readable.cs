namespace Posthorn.Server.Pipeline.Processors;

/// <summary>Durations as people write them in the configuration.</summary>
internal static class Readable
{
    public static string Of(TimeSpan span) => span switch
    {
        _ when span.Ticks != 0 && span.Ticks % TimeSpan.TicksPerDay == 0 => $"{span.Ticks / TimeSpan.TicksPerDay}d",
        _ when span.Ticks != 0 && span.Ticks % TimeSpan.TicksPerHour == 0 => $"{span.Ticks / TimeSpan.TicksPerHour}h",
        _ when span.Ticks != 0 && span.Ticks % TimeSpan.TicksPerMinute == 0 => $"{span.Ticks / TimeSpan.TicksPerMinute}m",
        _ => $"{span.TotalSeconds:0.###}s",
    };
}

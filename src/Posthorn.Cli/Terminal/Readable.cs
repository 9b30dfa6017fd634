using Posthorn.Client.Contracts;

namespace Posthorn.Cli.Terminal;

/// <summary>Figures as people read them.</summary>
internal static class Readable
{
    private static readonly string[] Units = ["B", "kB", "MB", "GB", "TB"];

    /// <summary>How long ago: <c>3 m</c>; empty when never.</summary>
    public static string Age(DateTimeOffset? at, DateTimeOffset now) => at is { } time ? Span(now - time) : "";

    /// <summary>How long still: <c>in 3 m</c>; <c>now</c> when it has come.</summary>
    public static string Until(DateTimeOffset? at, DateTimeOffset now) =>
        at is not { } time ? "" : time <= now ? "now" : "in " + Span(time - now, Math.Round);

    /// <summary>A duration in its largest unit: <c>850 ms</c>, <c>12 s</c>, <c>3 m</c>, <c>5 h</c>, <c>9 d</c>.</summary>
    public static string Span(TimeSpan span) => Span(span, Math.Floor);

    private static string Span(TimeSpan span, Func<double, double> whole) => span switch
    {
        { Ticks: < 0 } => "0 s",
        { TotalSeconds: < 1 } => $"{span.TotalMilliseconds:0} ms",
        { TotalMinutes: < 1 } => $"{whole(span.TotalSeconds):0} s",
        { TotalHours: < 1 } => $"{whole(span.TotalMinutes):0} m",
        { TotalDays: < 2 } => $"{whole(span.TotalHours):0} h",
        _ => $"{whole(span.TotalDays):0} d",
    };

    /// <summary>A size with three figures: <c>999 B</c>, <c>1.23 kB</c>, <c>100 MB</c>.</summary>
    public static string Size(long bytes)
    {
        double value = bytes;
        var unit = 0;
        while (value >= 999.5 && unit < Units.Length - 1)
        {
            value /= 1000;
            unit++;
        }
        var digits = unit == 0 ? "0" : value < 9.995 ? "0.00" : value < 99.95 ? "0.0" : "0";
        return $"{value.ToString(digits)} {Units[unit]}";
    }

    public static string Number(long value) => value.ToString("N0");

    public static string Count(long value, string thing) => value == 1 ? $"1 {thing}" : $"{Number(value)} {thing}s";

    public static string Duration(TimeSpan value) => DurationText.Format(value);

    /// <summary>A moment, in UTC as servers log it.</summary>
    public static string Moment(DateTimeOffset? at) => at is { } time ? $"{time.ToUniversalTime():yyyy-MM-dd HH:mm:ss}Z" : "";

    /// <summary>As in commands and JSON: <c>BackingOff</c> is <c>backing-off</c>.</summary>
    public static string Word<T>(T value)
        where T : struct, Enum =>
        string.Concat(value.ToString().Select((c, i) => char.IsUpper(c) ? (i > 0 ? "-" : "") + char.ToLowerInvariant(c) : c.ToString()));
}

using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Posthorn.Protocols.Schedules;

/// <summary>
/// When attempts happen, written <c>10m, 30m, 2h, 4*6h</c>: a list of <c>[attempts*]delay[unit]</c> (Apache James) or <c>delay[unit]*attempts</c> (Haraka).
/// </summary>
/// <remarks>
/// Units, without regard to case: ms, s, m, h, d, w, month, y and their long names; a month is 30 days, a year 365; without a unit a number is milliseconds.
/// Blanks are allowed, empty items are skipped. Unlike James, whose list ends silently at the first item it can't read, such an item is refused.
/// </remarks>
public sealed class RetrySchedule
{
    /// <summary>Longest delay: 100 years, so that adding one to a date never overflows.</summary>
    public static readonly TimeSpan DelayMax = TimeSpan.FromDays(36_500);

    /// <summary>Most attempts in one item.</summary>
    public const int AttemptsMax = 1_000_000;

    private readonly Step[] _steps;

    private RetrySchedule(Step[] steps, string text)
    {
        _steps = steps;
        Text = text;
    }

    /// <summary>The schedule as it was written.</summary>
    public string Text { get; }

    /// <summary>Its longest delay.</summary>
    public TimeSpan Longest => _steps.Max(s => s.Delay);

    /// <summary>How many delays it has before the last one repeats.</summary>
    public long Attempts => _steps.Sum(s => (long)s.Attempts);

    /// <summary>The delays in order, each as often as it is used before the last one repeats.</summary>
    public IEnumerable<TimeSpan> Delays => _steps.SelectMany(s => Enumerable.Repeat(s.Delay, s.Attempts));

    /// <summary>Reads a schedule.</summary>
    /// <exception cref="FormatException">The text is none; the message names the item and where it stands.</exception>
    public static RetrySchedule Parse(string text) => TryParse(text, out var schedule, out var reason) ? schedule : throw new FormatException(reason);

    /// <summary>Reads a schedule, or says in <paramref name="reason"/> which item is wrong, where it stands (counted from 1) and why.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out RetrySchedule? schedule, [NotNullWhen(false)] out string? reason)
    {
        schedule = null;
        var steps = new List<Step>();
        for (var start = 0; start <= text.Length;)
        {
            var comma = text.IndexOf(',', start);
            var end = comma < 0 ? text.Length : comma;
            var item = text.AsSpan(start, end - start);
            if (!item.IsWhiteSpace())
            {
                var wrong = ReadItem(item.Trim(), out var step);
                if (wrong is not null)
                {
                    var column = start + (item.Length - item.TrimStart().Length) + 1;
                    reason = $"'{item.Trim()}' at character {column} {wrong}";
                    return false;
                }

                steps.Add(step);
            }

            start = end + 1;
        }

        if (steps.Count == 0)
        {
            reason = "a schedule has at least one delay, like \"10m, 30m, 2h, 4*6h\"";
            return false;
        }

        reason = null;
        schedule = new RetrySchedule([.. steps], text);
        return true;
    }

    /// <summary>How long to wait after a failed attempt. Past the end of the list the last delay repeats.</summary>
    /// <param name="attempt">How many attempts have failed: 1 or more.</param>
    public TimeSpan DelayFor(int attempt)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(attempt, 1);
        foreach (var step in _steps)
        {
            if (attempt <= step.Attempts)
                return step.Delay;
            attempt -= step.Attempts;
        }

        return _steps[^1].Delay;
    }

    /// <summary>The same, made longer by a random part so that what failed together does not come back together.</summary>
    /// <param name="attempt">How many attempts have failed: 1 or more.</param>
    /// <param name="jitter">The largest part added: 0 to 1 of the delay. Nothing is ever taken away: a schedule's delay is a promise.</param>
    /// <param name="random">Where chance comes from.</param>
    public TimeSpan DelayFor(int attempt, double jitter, Random random)
    {
        ArgumentNullException.ThrowIfNull(random);
        var delay = DelayFor(attempt);
        return delay + delay * (Math.Clamp(jitter, 0, 1) * random.NextDouble());
    }

    /// <inheritdoc/>
    public override string ToString() => Text;

    private static string? ReadItem(ReadOnlySpan<char> item, out Step step)
    {
        step = default;
        var attempts = 1;
        var star = item.IndexOf('*');
        if (star >= 0)
        {
            // "4*6h" and "6h*4": the side that is a plain number is the count; "4*6" is James's: 4 attempts, 6 ms.
            var left = item[..star].Trim();
            var right = item[(star + 1)..].Trim();
            var count = IsNumber(left) ? left : right;
            var delay = IsNumber(left) ? right : left;
            if (!int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out attempts) || attempts > AttemptsMax)
                return $"needs a number of attempts from 0 to {AttemptsMax} on one side of the *";
            item = delay;
        }

        var digits = item.IndexOfAnyExceptInRange('0', '9') is var at && at < 0 ? item.Length : at;
        if (!long.TryParse(item[..digits], NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            return "is no delay; write a whole number and a unit, like 10m or 4*6h";
        var unit = item[digits..].Trim();
        if (TicksOf(unit) is not { } ticks)
            return $"has an unknown unit '{unit}'; the units are ms, s, m, h, d, w, month and y";
        if (number > DelayMax.Ticks / ticks)
            return $"is longer than {DelayMax.TotalDays} days";
        step = new Step(attempts, new TimeSpan(number * ticks));
        return null;
    }

    private static bool IsNumber(ReadOnlySpan<char> text) => !text.IsEmpty && text.IndexOfAnyExceptInRange('0', '9') < 0;

    private static long? TicksOf(ReadOnlySpan<char> unit) => unit.ToString().ToUpperInvariant() switch
    {
        "" or "MS" or "MSEC" or "MSECS" or "MILLISECOND" or "MILLISECONDS" => TimeSpan.TicksPerMillisecond,
        "S" or "SEC" or "SECS" or "SECOND" or "SECONDS" => TimeSpan.TicksPerSecond,
        "M" or "MIN" or "MINS" or "MINUTE" or "MINUTES" => TimeSpan.TicksPerMinute,
        "H" or "HOUR" or "HOURS" => TimeSpan.TicksPerHour,
        "D" or "DAY" or "DAYS" => TimeSpan.TicksPerDay,
        "W" or "WEEK" or "WEEKS" => 7 * TimeSpan.TicksPerDay,
        "MONTH" or "MONTHS" => 30 * TimeSpan.TicksPerDay,
        "Y" or "YEAR" or "YEARS" => 365 * TimeSpan.TicksPerDay,
        _ => null,
    };

    private readonly record struct Step(int Attempts, TimeSpan Delay);
}

using System.Buffers;
using System.Globalization;
using System.Text;

namespace Posthorn.Client.Contracts;

/// <summary>Durations as people write them: <c>90s</c>, <c>2h30m</c>, <c>1.5d</c>; a bare number is seconds. Units: ms, s, m, h, d, w.</summary>
public static class DurationText
{
    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789.");
    private static readonly SearchValues<char> DigitsAndSpace = SearchValues.Create("0123456789. ");

    /// <summary>Reads a duration of zero or more.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out TimeSpan duration)
    {
        duration = default;
        var rest = text.Trim();
        if (rest.IsEmpty)
            return false;
        double seconds = 0;
        while (!rest.IsEmpty)
        {
            var digits = rest.IndexOfAnyExcept(Digits);
            var number = digits < 0 ? rest : rest[..digits];
            if (!double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value))
                return false;
            rest = rest[number.Length..].TrimStart();
            var letters = rest.IndexOfAny(DigitsAndSpace);
            var unit = letters < 0 ? rest : rest[..letters];
            var isBareNumber = unit.IsEmpty && number.Length == text.Trim().Length;
            if (SecondsOf(isBareNumber ? "s" : unit) is not { } factor)
                return false;
            seconds += value * factor;
            rest = rest[unit.Length..].TrimStart();
        }
        if (seconds > TimeSpan.MaxValue.TotalSeconds / 2)
            return false;
        duration = TimeSpan.FromSeconds(seconds);
        return true;
    }

    /// <summary>Writes a duration exactly, in the form <see cref="TryParse"/> reads: <c>2h30m</c>.</summary>
    public static string Format(TimeSpan duration)
    {
        if (duration == TimeSpan.Zero)
            return "0s";
        var text = new StringBuilder();
        if (duration < TimeSpan.Zero)
            text.Append('-');
        duration = duration.Duration();
        Append(duration.Days, "d");
        Append(duration.Hours, "h");
        Append(duration.Minutes, "m");
        Append(duration.Seconds, "s");
        Append(duration.Milliseconds, "ms");
        return text.ToString();

        void Append(int value, string unit)
        {
            if (value != 0)
                text.Append(CultureInfo.InvariantCulture, $"{value}{unit}");
        }
    }

    private static double? SecondsOf(ReadOnlySpan<char> unit) => unit switch
    {
        "ms" => 0.001,
        "s" or "sec" => 1,
        "m" or "min" => 60,
        "h" => 3_600,
        "d" => 86_400,
        "w" => 604_800,
        _ => null,
    };
}

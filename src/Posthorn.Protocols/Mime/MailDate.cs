using System.Globalization;
using System.Text;

namespace Posthorn.Protocols.Mime;

/// <summary>Dates of headers (RFC 5322 3.3).</summary>
public static class MailDate
{
    private static readonly string[] Months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

    /// <summary>The obsolete zones with a known meaning (RFC 5322 4.3), in hours.</summary>
    private static readonly Dictionary<string, int> Zones = new(StringComparer.OrdinalIgnoreCase)
    {
        ["UT"] = 0, ["UTC"] = 0, ["GMT"] = 0, ["Z"] = 0, ["EDT"] = -4, ["EST"] = -5, ["CDT"] = -5, ["CST"] = -6, ["MDT"] = -6, ["MST"] = -7, ["PDT"] = -7, ["PST"] = -8,
    };

    /// <summary>As in a Date field: <c>Fri, 21 Nov 2025 08:04:00 +0000</c>, in the offset of <paramref name="time"/>.</summary>
    public static string Format(DateTimeOffset time)
    {
        var offset = time.Offset;
        return string.Create(CultureInfo.InvariantCulture,
            $"{time:ddd, dd MMM yyyy HH:mm:ss} {(offset < TimeSpan.Zero ? '-' : '+')}{Math.Abs(offset.Hours):00}{Math.Abs(offset.Minutes):00}");
    }

    /// <summary>
    /// Reads a date. Tolerant: without a day's name, with comments, seconds left out, years of two or three digits (RFC 5322 4.3),
    /// zones by name, hyphens between day, month and year, the year behind the time (as C's <c>asctime</c> writes).
    /// </summary>
    public static bool TryParse(string? text, out DateTimeOffset time)
    {
        time = default;
        int? day = null, month = null, year = null;
        TimeSpan? clock = null, offset = null;
        foreach (var word in WithoutComments(text ?? "").Split([' ', '\t', ',', '\r', '\n'], StringSplitOptions.RemoveEmptyEntries))
        {
            if (clock is null && word.Contains(':', StringComparison.Ordinal))
            {
                if (!TryClock(word, out var parsed))
                    return false;
                clock = parsed;
            }
            else if (clock is not null && year is not null && offset is null)
            {
                offset = Offset(word);
            }
            else
            {
                foreach (var piece in word.Split('-', StringSplitOptions.RemoveEmptyEntries))
                    TakeDatePiece(piece, ref day, ref month, ref year);
            }
        }
        if (day is null || month is null || year is null || clock is null || year is < 1 or > 9998
            || day < 1 || day > DateTime.DaysInMonth(year.Value, month.Value))
            return false;
        var local = new DateTime(year.Value, month.Value, day.Value, 0, 0, 0, DateTimeKind.Unspecified) + clock.Value;
        time = new DateTimeOffset(local, offset ?? TimeSpan.Zero);
        return true;
    }

    private static void TakeDatePiece(string piece, ref int? day, ref int? month, ref int? year)
    {
        if (piece.Length is >= 1 and <= 4 && int.TryParse(piece, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            if (day is null && piece.Length <= 2)
                day = number;
            else if (year is null && piece.Length >= 2)
                year = piece.Length switch { 2 => number < 50 ? 2000 + number : 1900 + number, 3 => 1900 + number, _ => number };
        }
        else if (month is null && piece.Length >= 3 && Array.IndexOf(Months, piece[..3].ToLowerInvariant()) is >= 0 and var index)
        {
            month = index + 1;
        }
    }

    private static bool TryClock(string word, out TimeSpan clock)
    {
        clock = default;
        var parts = word.Split(':');
        if (parts.Length is not (2 or 3)
            || !int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var hour) || hour > 23
            || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var minute) || minute > 59)
            return false;
        var second = 0;
        if (parts.Length == 3 && (!int.TryParse(parts[2].Split('.')[0], NumberStyles.None, CultureInfo.InvariantCulture, out second) || second > 60))
            return false;
        clock = new TimeSpan(hour, minute, Math.Min(second, 59)); // 60 is a leap second
        return true;
    }

    /// <summary>An unknown zone counts as UTC (RFC 5322 4.3).</summary>
    private static TimeSpan Offset(string word)
    {
        if (word.Length == 5 && word[0] is '+' or '-' && int.TryParse(word.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            var offset = new TimeSpan(number / 100, number % 100, 0);
            return offset > TimeSpan.FromHours(14) ? TimeSpan.Zero : word[0] == '-' ? -offset : offset;
        }
        return TimeSpan.FromHours(Zones.GetValueOrDefault(word));
    }

    private static string WithoutComments(string text)
    {
        if (!text.Contains('(', StringComparison.Ordinal))
            return text;
        var plain = new StringBuilder(text.Length);
        var depth = 0;
        foreach (var c in text)
        {
            depth = c switch { '(' => depth + 1, ')' when depth > 0 => depth - 1, _ => depth };
            plain.Append(depth == 0 && c != ')' ? c : ' ');
        }
        return plain.ToString();
    }
}

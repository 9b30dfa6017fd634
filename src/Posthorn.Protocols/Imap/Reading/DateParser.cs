using System.Globalization;
using System.Text;
using Posthorn.Protocols.Imap.Responses;

namespace Posthorn.Protocols.Imap.Reading;

/// <summary>Dates as commands write them (RFC 9051 9, date and date-time).</summary>
internal static class DateParser
{
    private static readonly string[] s_dates = ["d-MMM-yyyy", "dd-MMM-yyyy"];

    /// <summary><c>"17-Jul-1996 02:44:25 -0700"</c>, the day with a space or a zero in front, or with nothing.</summary>
    public static bool DateTime(ref ArgumentScanner scanner, out DateTimeOffset time)
    {
        time = default;
        if (!scanner.String(out var bytes))
            return false;
        var text = Encoding.Latin1.GetString(bytes).TrimStart(' ');
        var zone = text.LastIndexOf(' ');
        if (zone < 0 || text.Length - zone != 6 || text[zone + 1] is not ('+' or '-')
            || !int.TryParse(text.AsSpan(zone + 2), NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number % 100 > 59 || number > 1400
            || !System.DateTime.TryParseExact(
                text[..zone], ["d-MMM-yyyy HH:mm:ss", "dd-MMM-yyyy HH:mm:ss"], CultureInfo.InvariantCulture, DateTimeStyles.None, out var local)
            || local.Year is < 2 or > 9998)
            return scanner.Fail(ImapReplies.BadDate);
        var offset = new TimeSpan(number / 100, number % 100, 0);
        time = new DateTimeOffset(local, text[zone + 1] == '-' ? -offset : offset);
        return true;
    }

    /// <summary><c>1-Feb-1994</c>, with quotes or without.</summary>
    public static bool Day(ref ArgumentScanner scanner, out DateOnly day)
    {
        day = default;
        return scanner.AString(out var bytes)
            && (DateOnly.TryParseExact(Encoding.Latin1.GetString(bytes), s_dates, CultureInfo.InvariantCulture, DateTimeStyles.None, out day)
                || scanner.Fail(ImapReplies.BadDate));
    }
}

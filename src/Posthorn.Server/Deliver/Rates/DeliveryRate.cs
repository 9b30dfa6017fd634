using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Posthorn.Server.Deliver.Rates;

/// <summary>So many deliveries in a time, written <c>1000/min</c>.</summary>
/// <param name="Messages">1 or more.</param>
/// <param name="Per">A second, a minute, an hour or a day.</param>
public sealed record DeliveryRate(int Messages, TimeSpan Per)
{
    /// <summary>The time from one mail to the next when they are spread evenly.</summary>
    public TimeSpan Interval => Per / Messages;

    public static bool TryParse(string text, [NotNullWhen(true)] out DeliveryRate? rate, [NotNullWhen(false)] out string? reason)
    {
        rate = null;
        reason = $"'{text}' is no rate; write deliveries per s, min, h or d, like 1000/min";
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0 || !int.TryParse(text.AsSpan(0, slash).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var messages) || messages < 1)
            return false;
        TimeSpan? per = text[(slash + 1)..].Trim().ToUpperInvariant() switch
        {
            "S" or "SEC" or "SECOND" => TimeSpan.FromSeconds(1),
            "M" or "MIN" or "MINUTE" => TimeSpan.FromMinutes(1),
            "H" or "HOUR" => TimeSpan.FromHours(1),
            "D" or "DAY" => TimeSpan.FromDays(1),
            _ => null,
        };
        if (per is null)
            return false;
        rate = new DeliveryRate(messages, per.Value);
        reason = null;
        return true;
    }

    public override string ToString() => $"{Messages}/" + Per.TotalSeconds switch { 1 => "s", 60 => "min", 3600 => "h", _ => "d" };
}

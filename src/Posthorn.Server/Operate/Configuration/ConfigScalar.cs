using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;

namespace Posthorn.Server.Operate.Configuration;

/// <summary>Reads the kinds of value that settings have from their text. What does not fit comes with a reason that says what would.</summary>
public static class ConfigScalar
{
    // 1 KB is 1000 bytes, 1 KiB is 1024 (IEC 80000-13). A bare "K" or "M" is refused: the two readings differ by up to 10 %.
    private static readonly (string Unit, long Bytes)[] s_sizeUnits =
    [
        ("KiB", 1L << 10), ("MiB", 1L << 20), ("GiB", 1L << 30), ("TiB", 1L << 40),
        ("KB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000), ("TB", 1_000_000_000_000),
        ("B", 1),
    ];

    private static readonly SearchValues<char> s_digits = SearchValues.Create("0123456789.");

    private static readonly Dictionary<string, long> s_ticksByUnit = new(StringComparer.OrdinalIgnoreCase)
    {
        ["ms"] = TimeSpan.TicksPerMillisecond,
        ["s"] = TimeSpan.TicksPerSecond, ["sec"] = TimeSpan.TicksPerSecond,
        ["second"] = TimeSpan.TicksPerSecond, ["seconds"] = TimeSpan.TicksPerSecond,
        ["m"] = TimeSpan.TicksPerMinute, ["min"] = TimeSpan.TicksPerMinute,
        ["minute"] = TimeSpan.TicksPerMinute, ["minutes"] = TimeSpan.TicksPerMinute,
        ["h"] = TimeSpan.TicksPerHour, ["hour"] = TimeSpan.TicksPerHour, ["hours"] = TimeSpan.TicksPerHour,
        ["d"] = TimeSpan.TicksPerDay, ["day"] = TimeSpan.TicksPerDay, ["days"] = TimeSpan.TicksPerDay,
        ["w"] = 7 * TimeSpan.TicksPerDay, ["week"] = 7 * TimeSpan.TicksPerDay, ["weeks"] = 7 * TimeSpan.TicksPerDay,
    };

    /// <summary>A number of bytes: <c>4096</c>, <c>50MB</c>, <c>1.5 GiB</c>.</summary>
    public static bool TrySize(string text, out long bytes, [NotNullWhen(false)] out string? reason)
    {
        bytes = 0;
        reason = $"'{text}' is no size; write a number of bytes or one with KB, MB, GB (thousands) or KiB, MiB, GiB (1024s), like 50MB";
        var number = text.AsSpan().Trim();
        var factor = 1L;
        foreach (var (unit, unitBytes) in s_sizeUnits)
        {
            if (!number.EndsWith(unit, StringComparison.OrdinalIgnoreCase))
                continue;
            number = number[..^unit.Length].TrimEnd();
            factor = unitBytes;
            break;
        }

        if (!decimal.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var count) || count > long.MaxValue / factor)
            return false;
        if (decimal.Truncate(count * factor) != count * factor)
            return false;

        bytes = (long)(count * factor);
        reason = null;
        return true;
    }

    /// <summary>A time span: <c>90s</c>, <c>2m</c>, <c>14d</c>, <c>1h30m</c>. The unit is always said; only 0 needs none.</summary>
    public static bool TryDuration(string text, out TimeSpan duration, [NotNullWhen(false)] out string? reason)
    {
        duration = TimeSpan.Zero;
        reason = $"'{text}' is no duration; write numbers with ms, s, m, h, d or w, like 90s, 2m, 1h30m or 14d";
        var rest = text.AsSpan().Trim();
        if (rest is "0")
        {
            reason = null;
            return true;
        }

        if (rest.IsEmpty)
            return false;
        decimal ticks = 0;
        var units = s_ticksByUnit.GetAlternateLookup<ReadOnlySpan<char>>();
        while (!rest.IsEmpty)
        {
            var digits = rest.IndexOfAnyExcept(s_digits);
            if (digits <= 0 || !decimal.TryParse(rest[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var count))
                return false;
            rest = rest[digits..].TrimStart();
            var letters = rest.IndexOfAnyExceptInRange('A', 'z');
            var unit = letters < 0 ? rest : rest[..letters];
            if (!units.TryGetValue(unit, out var unitTicks) || count > TimeSpan.MaxValue.Ticks / (decimal)unitTicks)
                return false;
            ticks += count * unitTicks;
            rest = rest[unit.Length..].TrimStart();
        }

        if (ticks > TimeSpan.MaxValue.Ticks)
            return false;
        duration = new TimeSpan((long)ticks);
        reason = null;
        return true;
    }

    /// <summary>Yes or no.</summary>
    public static bool TryFlag(string text, out bool flag, [NotNullWhen(false)] out string? reason)
    {
        var value = text.ToUpperInvariant() switch
        {
            "TRUE" or "YES" or "ON" => true,
            "FALSE" or "NO" or "OFF" => false,
            _ => (bool?)null,
        };
        flag = value is true;
        reason = value is null ? $"'{text}' is neither true nor false" : null;
        return value is not null;
    }

    /// <summary>
    /// Where to listen: <c>127.0.0.1:2525</c>, <c>[::1]:2525</c>, <c>:2525</c> (every address of the machine), <c>2525</c> (loopback),
    /// or <c>off</c>, which is null.
    /// </summary>
    public static bool TryEndpoint(string text, out IPEndPoint? endpoint, [NotNullWhen(false)] out string? reason)
    {
        endpoint = null;
        reason = null;
        if (text.ToUpperInvariant() is "OFF" or "NO" or "FALSE" or "NONE")
            return true;

        var colon = text.LastIndexOf(':');
        var host = colon < 0 ? "127.0.0.1" : text[..colon];
        if (!int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) || IsBareIPv6(text))
            reason = $"'{text}' is no place to listen; write address:port like 127.0.0.1:2525 or [::1]:2525, :2525 for every address of this machine, or off";
        else if (port > IPEndPoint.MaxPort)
            reason = $"{port} is no port; ports go from 0 to 65535";
        else if (AddressOf(host) is not { } address)
            reason = $"'{host}' is no IP address; doors listen on addresses of this machine, like 127.0.0.1 or 0.0.0.0";
        else
            endpoint = new IPEndPoint(address, port);
        return reason is null;
    }

    /// <summary>A network (<c>10.0.0.0/8</c>, <c>fd00::/8</c>) or one address. Bits behind the prefix are refused: one of the two is a slip of the pen.</summary>
    public static bool TryNetwork(string text, out IPNetwork network, [NotNullWhen(false)] out string? reason)
    {
        network = default;
        reason = null;
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        var isAddress = IPAddress.TryParse(slash < 0 ? text : text[..slash], out var address);
        if (isAddress && slash < 0)
            network = new IPNetwork(address!, address!.GetAddressBytes().Length * 8);
        else if (!isAddress || !IPNetwork.TryParse(text, out network))
            reason = $"'{text}' is no network; write one like 10.0.0.0/8 or fd00::/8, or a single address";
        else if (!network.BaseAddress.Equals(address))
            reason = $"'{text}' has bits set behind its prefix; the network is {network}";
        return reason is null;
    }

    private static bool IsBareIPv6(string text) => text.AsSpan().Count(':') > 1 && !text.StartsWith('[');

    private static IPAddress? AddressOf(string host) => host switch
    {
        "" or "*" => IPAddress.IPv6Any,
        "localhost" => IPAddress.Loopback,
        ['[', .. var inner, ']'] when IPAddress.TryParse(inner, out var v6) => v6,
        _ => IPAddress.TryParse(host, out var address) && host.AsSpan().Count('.') == 3 ? address : null,
    };
}

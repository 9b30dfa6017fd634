using System.Globalization;
using System.Text.Json;

namespace Posthorn.Protocols.Sns.Filters;

/// <summary>One value that rules are tried on: a text, a number, true, false or null.</summary>
internal readonly record struct FilterValue(JsonValueKind Kind, string? Text, decimal Number)
{
    public static FilterValue Of(string text) => new(JsonValueKind.String, text, 0);

    public static FilterValue Of(decimal number) => new(JsonValueKind.Number, null, number);

    /// <summary>The value of a JSON leaf; null when it is an object or an array, or a number beyond 28 digits, which no rule can mean.</summary>
    public static FilterValue? Of(JsonElement leaf) => leaf.ValueKind switch
    {
        JsonValueKind.String => Of(leaf.GetString()!),
        JsonValueKind.Number => TryNumber(leaf.GetRawText(), out var number) ? Of(number) : null,
        JsonValueKind.True or JsonValueKind.False or JsonValueKind.Null => new(leaf.ValueKind, null, 0),
        _ => null,
    };

    /// <summary>A number to six decimals: what stands behind them does not count.</summary>
    public static bool TryNumber(string text, out decimal number)
    {
        var isNumber = decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out number);
        if (isNumber && Math.Abs(number) < 1e21m)
            number = Math.Truncate(number * 1_000_000) / 1_000_000;
        return isNumber;
    }
}

using System.Text;
using Posthorn.Client.Contracts;

namespace Posthorn.Server.Operate.Admin.Http;

/// <summary>Reads values of a query string, or says which one is wrong and what would be right.</summary>
internal static class QueryValues
{
    public static int Within(int? value, string name, int min, int max, int standard) =>
        value is null ? standard
        : value >= min && value <= max ? value.Value
        : throw Problems.BadRequest($"{name}: {min} to {max}.");

    public static TimeSpan? Duration(string? text, string name) =>
        text is null ? null
        : DurationText.TryParse(text, out var duration) ? duration
        : throw Problems.BadRequest($"{name}: '{text}' is no duration; write seconds, or 90s, 2h30m, 5d.");

    public static T Enum<T>(string? text, string name, T standard)
        where T : struct, Enum =>
        text is null ? standard
        : System.Enum.TryParse<T>(text.Replace("-", "", StringComparison.Ordinal), ignoreCase: true, out var value) && !char.IsAsciiDigit(text[0]) ? value
        : throw Problems.BadRequest($"{name}: '{text}' is none of {string.Join(", ", System.Enum.GetNames<T>().Select(Kebab))}.");

    public static string Kebab(string name)
    {
        var text = new StringBuilder();
        foreach (var c in name)
        {
            if (char.IsAsciiLetterUpper(c) && text.Length > 0)
                text.Append('-');
            text.Append(char.ToLowerInvariant(c));
        }
        return text.ToString();
    }
}
